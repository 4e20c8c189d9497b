# 32-bit ARM: Debian's armhf (ARMv7, VFPv3). The kernels' NEON is added in src/brink/kernels/CMakeLists.txt. The
# emulated Cortex-A7 (Raspberry Pi 2) refuses what came with ARMv8.
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(BRINK_ARCH armhf)
set(BRINK_TRIPLET arm-linux-gnueabihf)
set(BRINK_QEMU qemu-arm-static -cpu cortex-a7)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
