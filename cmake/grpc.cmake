# gRPC as target brink_grpc, protobuf as brink_protobuf. A release has both from archives: 50 libraries fewer to
# find and relocate at each start, and 6 MB less resident memory than the shared ones take. Sanitizer builds link faster
# without. Always gRPC without its own TLS, which brink does not offer, and which asks for xDS and OpenSSL.
# Found directly: gRPC's own CMake package and pkg-config file walk all of abseil at every configure.
find_package(ZLIB REQUIRED)
find_package(Protobuf REQUIRED)  # its compiler and headers; the shared library
add_library(brink_grpc INTERFACE)
add_library(brink_protobuf INTERFACE)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  find_library(BRINK_protobuf_ARCHIVE NAMES libprotobuf.a REQUIRED)
  target_link_libraries(brink_protobuf INTERFACE ${BRINK_protobuf_ARCHIVE} ZLIB::ZLIB Threads::Threads)
  set(_archives)
  foreach(_name grpc++_unsecure grpc_unsecure gpr address_sorting upb re2 cares)
    find_library(BRINK_${_name}_ARCHIVE NAMES lib${_name}.a REQUIRED)
    list(APPEND _archives ${BRINK_${_name}_ARCHIVE})
  endforeach()
  cmake_path(GET BRINK_grpc_unsecure_ARCHIVE PARENT_PATH _folder)
  file(GLOB _abseil ${_folder}/libabsl_*.a)  # which of them need which is for the linker to find out
  list(APPEND _archives ${_abseil})
  target_link_libraries(brink_grpc INTERFACE "$<LINK_GROUP:RESCAN,${_archives}>" ZLIB::ZLIB)
else()
  target_link_libraries(brink_protobuf INTERFACE protobuf::libprotobuf)
  foreach(_name grpc++_unsecure grpc_unsecure gpr absl_synchronization)  # abseil is inlined into users of the callback API
    find_library(BRINK_${_name}_LIBRARY ${_name} REQUIRED)
    target_link_libraries(brink_grpc INTERFACE ${BRINK_${_name}_LIBRARY})
  endforeach()
endif()
