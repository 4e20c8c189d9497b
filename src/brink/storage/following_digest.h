// The SHA-256 of a file that is being written: a thread reads behind the writer, while the kernel
// still holds the bytes, so that nothing is left to do at the end. storage/ only.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "brink/base/result.h"

namespace brink::storage {

class FollowingDigest {
 public:
  // `descriptor` outlives it.
  explicit FollowingDigest(int descriptor);
  ~FollowingDigest();
  FollowingDigest(const FollowingDigest&) = delete;
  FollowingDigest& operator=(const FollowingDigest&) = delete;

  // The bytes up to `offset` are there and will not change. Never less than before.
  void Advance(int64_t offset);
  // The digest of the first `bytes` bytes, which are all there. Waits. Once, the last call.
  Result<std::string> Finish(int64_t bytes);

 private:
  void Follow();

  const int descriptor_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t ready_ = 0;
  bool last_ = false;  // nothing comes behind ready_
  bool given_up_ = false;
  Result<std::string> digest_;
  std::thread thread_;
};

}  // namespace brink::storage
