// What the operating system opened, and what it says where it does not. For the sources of this and
// other rooms, not for their headers.
#pragma once

#include <string>
#include <utility>

#include "brink/base/result.h"

namespace brink {

// Owns a file descriptor, or none (-1), and closes it.
class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// "PATH: cannot ACTION: No such file or directory", by a call's errno: kNotFound,
// kPermissionDenied, kResourceExhausted, kInvalidArgument, else kUnavailable.
tl::unexpected<Error> FailErrno(const std::string& path, const char* action, int error);

}  // namespace brink
