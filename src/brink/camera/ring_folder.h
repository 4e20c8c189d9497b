// A folder that never outgrows its limit: what was written first goes first.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>

#include "brink/base/result.h"

namespace brink::camera {

// Counts the files that it wrote and those of the same endings that were there before, oldest
// first. One thread at a time, one object a folder.
class RingFolder {
 public:
  // Makes the folder where it is not there.
  static Result<RingFolder> Open(const std::string& path, uint64_t limit_bytes);

  // Writes a file (replacing one of that name), then removes the oldest until all fit.
  // `name` is a plain name. kResourceExhausted when the bytes alone are beyond the limit.
  Status Write(const std::string& name, std::span<const std::byte> bytes);

  uint64_t bytes() const { return bytes_; }
  const std::string& path() const { return path_; }

 private:
  struct File {
    std::string name;
    uint64_t bytes = 0;
  };
  RingFolder(std::string path, uint64_t limit_bytes)
      : path_(std::move(path)), limit_bytes_(limit_bytes) {}
  void Forget(const std::string& name);

  std::string path_;
  uint64_t limit_bytes_;
  uint64_t bytes_ = 0;
  std::deque<File> files_;  // oldest first
};

}  // namespace brink::camera
