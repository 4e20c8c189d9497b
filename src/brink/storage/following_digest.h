// The SHA-256 of a file that is being written: a thread follows close behind the writer, so that
// nothing is left to do at the end. It takes the writer's own bytes while the caches hold them, and
// reads from the file what it did not get that way. storage/ only.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "brink/base/result.h"
#include "brink/storage/piece.h"

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
  // The same once `bytes` are in the file at `begin`. Where they follow what was there before, they
  // are taken from here, not read again, and a buffer that is free comes back for them. Then it may
  // wait a little, for the digest not to fall behind.
  void Advance(int64_t offset, int64_t begin, Piece& bytes);
  // The digest of the first `bytes` bytes, which are all there. Waits. Once, the last call.
  Result<std::string> Finish(int64_t bytes);

 private:
  struct Waiting {
    int64_t begin = 0;
    Piece bytes;
  };
  // What is fed next: a piece's bytes, or else [from, to) of the file.
  struct Step {
    int64_t to = 0;
    Piece bytes;
    bool last = false;
  };

  void Follow();
  bool Next(Step& step);
  void Fed(Step& step);

  const int descriptor_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable caught_up_;
  std::deque<Waiting> waiting_;  // in order, none before fed_
  std::vector<Piece> spare_;     // buffers to write into
  int64_t ready_ = 0;
  int64_t fed_ = 0;
  bool last_ = false;  // nothing comes behind ready_
  bool given_up_ = false;
  bool failed_ = false;
  Result<std::string> digest_;
  std::thread thread_;
};

}  // namespace brink::storage
