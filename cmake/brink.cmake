# brink_room(NAME [LIBS lib...]): one library a room of src/brink, linked only with the rooms that src/brink/LAYERS
# grants it. *_test.cc files, and *_testing.cc that help them, go into one test program, *_concurrency_test.cc into
# another that also runs under ThreadSanitizer, *_fuzz.cc into one fuzzer each, *_bench.cc nowhere.

file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/src/brink/LAYERS _layers REGEX "^[a-z]+:")
foreach(_line IN LISTS _layers)
  string(REGEX MATCH "^([a-z]+):(.*)$" _ "${_line}")
  set(_room ${CMAKE_MATCH_1})
  string(STRIP "${CMAKE_MATCH_2}" _rest)
  separate_arguments(_deps UNIX_COMMAND "${_rest}")
  set(BRINK_LAYERS_${_room} ${_deps})
endforeach()

function(brink_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # g++ 12 sees overlaps in std::string and unset members in std::variant that are not there (GCC bugs 105651, 105562).
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-maybe-uninitialized)
  endif()
  if(BRINK_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# How sources written with Highway are compiled. One target a class of machine: AVX-512, AVX2, SSE4 (small Atoms), the
# compiler's baseline; NEON on ARM. The rest would only cost code size.
function(brink_vector_code definitions options)
  set(_disabled HWY_SSSE3 HWY_SVE HWY_SVE2 HWY_SVE_256 HWY_SVE2_128)
  set(_options "")
  set(_definitions "")
  if(BRINK_SANITIZE OR BRINK_FUZZ)
    # Instrumented vector code compiles for minutes; the release tests run every target.
    list(APPEND _disabled HWY_SSE4)
    if(BRINK_SANITIZE MATCHES "thread")
      list(APPEND _disabled HWY_AVX3 HWY_AVX3_DL)
    endif()
    # Where AVX2 is the baseline, Highway leaves out the emulated one, the slowest of all to compile and run.
    if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND EXISTS /proc/cpuinfo)
      file(STRINGS /proc/cpuinfo _flags REGEX "^flags.* avx2( |$)" LIMIT_COUNT 1)
      if(_flags)
        set(_options -mavx2 -mfma -mf16c -mbmi -mbmi2 -maes -mpclmul)
      endif()
    endif()
  endif()
  list(JOIN _disabled " | " _disabled)
  list(APPEND _definitions "HWY_DISABLED_TARGETS=(${_disabled})")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^arm")
    # Run-time dispatch is broken with GCC on armv7 (google/highway#834).
    # Highway asks clang's name for what GCC calls __ARM_FEATURE_FMA, and without it multiplies and adds apart.
    list(APPEND _definitions HWY_COMPILE_ONLY_STATIC __ARM_VFPV4__=1)
    set(_options -mfpu=neon-vfpv4 -mfp16-format=ieee -include ${CMAKE_SOURCE_DIR}/src/brink/base/neon_float_compare.h)
  endif()
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
    # Highway's functions are compiled for this on 64-bit ARM, and what the compiler writes itself, constructors, has to match.
    # No instruction of it is used: ctest `neon`.
    set(_options -march=armv8-a+crypto)
  endif()
  set(${definitions} "${_definitions}" PARENT_SCOPE)
  set(${options} "${_options}" PARENT_SCOPE)
endfunction()

# What nearly every source begins with is parsed once for all: to parse it is most of a small file's build. Users of a
# precompiled header need its flags: one for the tests (-fPIE as executables have it, -O0), one for the rooms.
function(brink_precompiled name)
  set(_source ${CMAKE_BINARY_DIR}/${name}.cc)
  file(CONFIGURE OUTPUT ${_source} CONTENT "")
  add_library(${name} OBJECT ${_source})
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

function(brink_test_headers)
  brink_precompiled(brink_test_headers <gmock/gmock.h> <gtest/gtest.h> <algorithm> <cmath> <filesystem> <fstream> <functional>
                    <random> <thread>)
  brink_test_options(brink_test_headers)
  set_target_properties(brink_test_headers PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(brink_test_headers PRIVATE -fPIE)
  target_link_libraries(brink_test_headers PRIVATE GTest::gmock)
endfunction()

# The standard library's alone: what a source uses of brink it includes itself.
function(brink_room_headers)
  brink_precompiled(brink_room_headers <algorithm> <chrono> <cmath> <complex> <functional> <map> <memory> <mutex> <optional> <span>
                    <string> <tl/expected.hpp> <variant> <vector>)
  brink_warnings(brink_room_headers)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(brink_room_headers PRIVATE -Os)
  endif()
endfunction()

# g++ 12 forgets which code of a precompiled header is a system header's, and may warn of overflows in std::string that are not
# there: in some rooms these two warnings do not end a build. Only rooms compiled for size, as the header is, use it. Kernels have
# flags of their own.
function(brink_use_room_headers room)
  if(room STREQUAL "kernels" OR (CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT room IN_LIST BRINK_SMALL_ROOMS))
    return()
  endif()
  target_precompile_headers(brink_${room} REUSE_FROM brink_room_headers)
  set(_warned ops engine camera)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND room IN_LIST _warned)
    target_compile_options(brink_${room} PRIVATE -Wno-error=stringop-overflow -Wno-error=array-bounds)
  endif()
endfunction()

# Rooms whose code runs once a model, a file or a picture, not for each element, pixel or byte: it is read from memory more often
# than it runs, so that the smallest is the fastest, and half of the build. model/ is none of them: it verifies hundreds of tables.
set(BRINK_SMALL_ROOMS ops engine graph camera metrics storage verify)

# Code that runs once, or seldom: to optimise it takes longer than it could ever save. AddressSanitizer checks its memory
# accesses by calls, which finds the same as checks in place, three times the code. No fuzzer links it: what tells a fuzzer
# which way a run went, a quarter of its build, checks nothing.
function(brink_unoptimised target)
  target_compile_options(${target} PRIVATE -O0)
  if(BRINK_FUZZ)
    target_compile_options(${target} PRIVATE "SHELL:-mllvm -asan-instrumentation-with-call-threshold=0"
                           -fno-sanitize=fuzzer-no-link)
  endif()
endfunction()

# Tests run once, what they test often: half the build time for a little longer a run. What is tested stays optimised.
function(brink_test_options target)
  brink_warnings(${target})
  brink_unoptimised(${target})
endfunction()

# brink_test(NAME SOURCES... LIBS... [LABELS...] [SHARDS n]): a GoogleTest program, one ctest entry, or, where it takes long,
# n that share its tests and start before others. Label `concurrency`: it starts threads, and ./dev test runs it under
# ThreadSanitizer too. Label `engine`: ./dev test runs it for 32-bit ARM too.
function(brink_test name)
  cmake_parse_arguments(ARG "" "SHARDS" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT BRINK_TESTS)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  brink_test_options(${name})
  target_precompile_headers(${name} REUSE_FROM brink_test_headers)
  # Most of a test's build is what it shares with its neighbours, the templates of GoogleTest and of std first: four files
  # compiled as one take half as long. So files of a test program may not define the same names, in anonymous namespaces
  # neither: what two need goes into a *_testing.h. That each includes what it needs is for ./dev lint, which has each alone.
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${BRINK_TESTS_TOGETHER} UNITY_BUILD_BATCH_SIZE 4)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  if(ARG_SHARDS)
    math(EXPR _last "${ARG_SHARDS} - 1")
    foreach(_shard RANGE ${_last})
      brink_test_entry(${name} ${name}_${_shard} "${ARG_LABELS}")
      set_property(TEST ${name}_${_shard} APPEND PROPERTY ENVIRONMENT GTEST_TOTAL_SHARDS=${ARG_SHARDS} GTEST_SHARD_INDEX=${_shard})
      set_property(TEST ${name}_${_shard} PROPERTY COST 100)
    endforeach()
  else()
    brink_test_entry(${name} ${name} "${ARG_LABELS}")
  endif()
  foreach(_label concurrency engine)
    if(_label IN_LIST ARG_LABELS)
      set_property(GLOBAL APPEND PROPERTY BRINK_${_label}_TESTS ${name})
    endif()
  endforeach()
endfunction()

# ./dev test has ctest count in halves of a CPU: a test that computes takes two, a script, which waits for brink and others
# most of its time, one, and so do the few programs that wait (brink_waiting_test). What takes longest starts first.
function(brink_test_entry program name labels)
  add_test(NAME ${name} COMMAND ${program} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT 600 PROCESSORS 2)
  if(CMAKE_CROSSCOMPILING)
    # GoogleTest starts itself again in a way that qemu-user does not emulate.
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "GTEST_FILTER=-*DeathTest.*" TIMEOUT 3600)
  endif()
endfunction()

# brink_waiting_test(NAME COST): a test that waits more than it computes, for long: the higher its cost, the earlier it starts.
function(brink_waiting_test name cost)
  if(TEST ${name} AND NOT CMAKE_CROSSCOMPILING)  # emulated, it computes
    set_tests_properties(${name} PROPERTIES PROCESSORS 1 COST ${cost})
  endif()
endfunction()

# brink_script_test(NAME SCRIPT [ARGS...] [LABELS...]): a Python test, one ctest entry; exit status 77 means skipped. The
# brink of this build is in its environment as BRINK_BINARY, whether it has gRPC as BRINK_GRPC (1 or 0).
function(brink_script_test name script)
  cmake_parse_arguments(ARG "" "" "ARGS;LABELS" ${ARGN})
  if(NOT BRINK_TESTS)
    return()
  endif()
  add_test(NAME ${name} COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/${script} ${ARG_ARGS}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600 SKIP_RETURN_CODE 77)
  if(TARGET brink)
    set(_binary $<TARGET_FILE:brink>)
    set(_patience 1)
    if(CMAKE_CROSSCOMPILING)
      set(_binary ${CMAKE_BINARY_DIR}/emulated/brink)  # apps/CMakeLists.txt
      set(_patience 10)  # times as long may things take
      set_tests_properties(${name} PROPERTIES TIMEOUT 3600 PROCESSORS 2)
    endif()
    set_tests_properties(${name} PROPERTIES ENVIRONMENT
                         "BRINK_BINARY=${_binary};XDG_CACHE_HOME=${CMAKE_BINARY_DIR}/cache;BRINK_GRPC=$<BOOL:${BRINK_GRPC}>;BRINK_PATIENCE=${_patience}")
  endif()
endfunction()

# Puts the functions that load a model beside each other in a program: tools/link_order/write_script.py says why.
function(brink_loading_first program)
  find_program(BRINK_CXXFILT c++filt REQUIRED)
  set(_tool ${PROJECT_SOURCE_DIR}/tools/link_order)
  set(_script ${CMAKE_BINARY_DIR}/loading.ld)
  set(_rooms brink_base brink_tensor brink_model brink_ops brink_engine brink_kernels)
  set(_archives ${_rooms})
  list(TRANSFORM _archives REPLACE "(.+)" "$<TARGET_FILE:\\1>")
  add_custom_command(OUTPUT ${_script}
    COMMAND /usr/bin/python3 ${_tool}/write_script.py ${_script} ${CMAKE_NM} ${BRINK_CXXFILT} ${_archives}
    DEPENDS ${_tool}/write_script.py ${_tool}/names.py ${_tool}/loading.txt ${_rooms} VERBATIM)
  add_custom_target(${program}_loading_first DEPENDS ${_script})
  add_dependencies(${program} ${program}_loading_first)
  target_link_options(${program} PRIVATE -Wl,-T,${_script})
  set_property(TARGET ${program} APPEND PROPERTY LINK_DEPENDS ${_script})
  # The linker writes the file here and there, and Linux then keeps its pages one by one. As it is installed, by a copy of large
  # pieces, it is kept in large pieces too, which are mapped sooner: small models load and run first in a sixth less time.
  add_custom_command(TARGET ${program} POST_BUILD
    COMMAND cp -p $<TARGET_FILE:${program}> $<TARGET_FILE:${program}>.copy
    COMMAND mv -f $<TARGET_FILE:${program}>.copy $<TARGET_FILE:${program}> VERBATIM)
endfunction()

# brink_fuzzer(SOURCE LIBS...): builds only in the fuzz preset (clang, libFuzzer).
function(brink_fuzzer source)
  cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
  if(NOT BRINK_FUZZ)
    return()
  endif()
  get_filename_component(_stem ${source} NAME_WE)
  add_executable(brink_${_stem} ${source})
  brink_warnings(brink_${_stem})
  target_link_libraries(brink_${_stem} PRIVATE ${ARG_LIBS})
  target_link_options(brink_${_stem} PRIVATE -fsanitize=fuzzer)
  set_target_properties(brink_${_stem} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  set_property(GLOBAL APPEND PROPERTY BRINK_FUZZERS brink_${_stem})
endfunction()

# The targets that ./dev test builds where it needs less than everything: concurrency_tests, engine_tests, fuzzers.
function(brink_test_targets)
  foreach(_label concurrency engine)
    get_property(_tests GLOBAL PROPERTY BRINK_${_label}_TESTS)
    add_custom_target(${_label}_tests DEPENDS ${_tests})
  endforeach()
  get_property(_fuzzers GLOBAL PROPERTY BRINK_FUZZERS)
  add_custom_target(fuzzers DEPENDS ${_fuzzers})
endfunction()

# Every header compiles alone: that with a source of its own by standing first in it (tools/check_layers.py), the others
# by the target all_verify_interface_header_sets. *-inl.h are parts of a file.
function(brink_public_headers target scope exclude)
  file(GLOB_RECURSE _headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  list(FILTER _headers EXCLUDE REGEX "(-inl|_generated)\\.h$")
  if(exclude)
    list(FILTER _headers EXCLUDE REGEX "${exclude}")
  endif()
  foreach(_header IN LISTS _headers)
    string(REGEX REPLACE "\\.h$" ".cc" _source ${_header})
    if(EXISTS ${_source})
      list(REMOVE_ITEM _headers ${_header})
    endif()
  endforeach()
  if(_headers)
    target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${_headers})
  endif()
endfunction()

# brink_room(NAME [LIBS ...] [TEST_LIBS ...] [TEST_LABELS ...] [TEST_SHARDS n] [EXTRA generated sources...] [EXCLUDE regex])
# EXCLUDE: files, headers too, that this configuration builds without.
function(brink_room room)
  cmake_parse_arguments(ARG "" "EXCLUDE;TEST_SHARDS" "LIBS;TEST_LIBS;TEST_LABELS;EXTRA" ${ARGN})
  file(GLOB_RECURSE _sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(ARG_EXCLUDE)
    list(FILTER _sources EXCLUDE REGEX "${ARG_EXCLUDE}")
  endif()
  set(_tests ${_sources})
  set(_fuzzers ${_sources})
  set(_concurrency_tests ${_sources})
  list(FILTER _tests INCLUDE REGEX "_(test|testing)\\.cc$")
  list(FILTER _tests EXCLUDE REGEX "_concurrency_test\\.cc$")
  list(FILTER _concurrency_tests INCLUDE REGEX "_concurrency_test\\.cc$")
  list(FILTER _fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  list(FILTER _sources EXCLUDE REGEX "_(test|testing|fuzz|bench)\\.cc$")
  set(_deps ${BRINK_LAYERS_${room}})
  list(TRANSFORM _deps PREPEND brink_)
  if(_sources OR ARG_EXTRA)
    add_library(brink_${room} STATIC ${_sources} ${ARG_EXTRA})
    brink_warnings(brink_${room})
    if(CMAKE_BUILD_TYPE STREQUAL "Release" AND room IN_LIST BRINK_SMALL_ROOMS)
      target_compile_options(brink_${room} PRIVATE -Os)
    endif()
    brink_use_room_headers(${room})
    target_include_directories(brink_${room} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(brink_${room} PUBLIC ${_deps} ${ARG_LIBS})
    brink_public_headers(brink_${room} PUBLIC "${ARG_EXCLUDE}")
  else()
    add_library(brink_${room} INTERFACE)
    target_include_directories(brink_${room} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(brink_${room} INTERFACE ${_deps} ${ARG_LIBS})
    brink_public_headers(brink_${room} INTERFACE "${ARG_EXCLUDE}")
  endif()
  if(_tests)
    brink_test(brink_${room}_test SOURCES ${_tests} LIBS brink_${room} ${ARG_TEST_LIBS} LABELS unit ${ARG_TEST_LABELS}
               SHARDS ${ARG_TEST_SHARDS})
  endif()
  if(_concurrency_tests)
    brink_test(brink_${room}_concurrency_test SOURCES ${_concurrency_tests} LIBS brink_${room} ${ARG_TEST_LIBS}
               LABELS unit concurrency)
  endif()
  foreach(_fuzzer IN LISTS _fuzzers)
    brink_fuzzer(${_fuzzer} LIBS brink_${room} ${ARG_TEST_LIBS})
  endforeach()
endfunction()
