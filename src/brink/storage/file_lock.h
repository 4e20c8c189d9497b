// A lock between processes and threads on a file or folder (flock): given back by the destructor,
// and by the kernel when its process dies. storage/ only.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include "brink/base/result.h"

namespace brink::storage {

class FileLock {
 public:
  enum class Kind { kShared, kExclusive };

  // Waits until the lock is free, or ends with kCancelled. Makes the file when there is none; a
  // folder must be there. A file system without locks gives a lock that excludes nobody.
  static Result<FileLock> Wait(const std::string& path, Kind kind,
                               const std::atomic<bool>* cancelled);
  // Nothing when somebody else has it, or `path` cannot be opened.
  static std::optional<FileLock> Try(const std::string& path, Kind kind);

  ~FileLock();
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  // Whether `path` still names what is locked: it may have been removed before the lock was given.
  bool StillNames(const std::string& path) const;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace brink::storage
