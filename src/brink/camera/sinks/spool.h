// Events that wait to be delivered: in order, bounded, and, with a folder, over restarts and power
// cuts.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "brink/base/result.h"

namespace brink::camera {

struct SpoolOptions {
  std::string folder;                         // empty: in memory alone
  uint64_t limit_bytes = uint64_t{16} << 20;  // beyond, the oldest are given up
};

// Not for two threads at once.
class Spool {
 public:
  // Makes the folder where it is not there; what waits in it from before comes first.
  static Result<Spool> Open(const SpoolOptions& options);

  // On the disk when this returns. kResourceExhausted for a text that alone is beyond the limit.
  Status Add(std::string text);
  // The oldest, or nothing.
  const std::string* Oldest() const { return waiting_.empty() ? nullptr : &waiting_.front().text; }
  void RemoveOldest();

  size_t size() const { return waiting_.size(); }
  uint64_t lost() const { return lost_; }  // given up since it was opened

 private:
  struct Entry {
    uint64_t number = 0;
    std::string text;
  };
  explicit Spool(SpoolOptions options) : options_(std::move(options)) {}
  Status Load();
  std::string PathOf(uint64_t number) const;

  SpoolOptions options_;
  std::deque<Entry> waiting_;
  uint64_t bytes_ = 0;
  uint64_t next_ = 1;
  uint64_t lost_ = 0;
};

}  // namespace brink::camera
