# What the toolchain files cross-ARCH.cmake share: the compiler of Debian, headers and libraries from the sysroot that
# tools/sysroot.sh makes, everything that runs while building from this machine, tests under qemu-user.
# Set before: BRINK_ARCH (Debian's word), BRINK_TRIPLET, BRINK_QEMU (a list).
set(CMAKE_SYSTEM_NAME Linux)
get_filename_component(_root "${CMAKE_CURRENT_LIST_DIR}" DIRECTORY)
set(CMAKE_SYSROOT ${_root}/build/sysroot-${BRINK_ARCH})
set(CMAKE_C_COMPILER ${BRINK_TRIPLET}-gcc)
set(CMAKE_CXX_COMPILER ${BRINK_TRIPLET}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${BRINK_TRIPLET})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/${BRINK_TRIPLET}/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)
set(CMAKE_CROSSCOMPILING_EMULATOR ${BRINK_QEMU} -L ${CMAKE_SYSROOT})
