# 64-bit ARM: Debian's arm64 (ARMv8.0). The emulated Cortex-A72 (Raspberry Pi 4) refuses what came with ARMv8.2.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(BRINK_ARCH arm64)
set(BRINK_TRIPLET aarch64-linux-gnu)
set(BRINK_QEMU qemu-aarch64-static -cpu cortex-a72)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
