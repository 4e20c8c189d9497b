// A model's URI becomes a file or folder here: plain path, file:, http(s):; other schemes are one
// file and one line in the table of storage/scheme.cc each.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "brink/base/result.h"

namespace brink::storage {

struct Progress {
  uint64_t bytes = 0;             // so far
  std::optional<uint64_t> total;  // when the source told
};

struct FetchOptions {
  std::string cache_dir;  // where downloads land and are found again
  std::vector<std::pair<std::string, std::string>>
      mirrors;                        // (FROM, TO): a URI that begins with FROM is read at TO
  std::optional<std::string> sha256;  // hex; anything else is kDataLoss
  std::chrono::milliseconds connect_timeout{20'000};
  std::chrono::milliseconds stall_timeout{30'000};  // without a byte of progress
  std::function<void(const Progress&)> on_progress;
};

struct Fetched {
  std::string path;    // a file or folder on this machine
  std::string sha256;  // hex of the file; empty for a folder
  bool from_cache = false;
  std::string source;  // the URI that was read, after mirrors
};

// Brings `uri` here. Never leaves half a file at the final path (temporary name, fsync, rename).
// Errors name the URI and the cause; never a credential.
Result<Fetched> Fetch(const std::string& uri, const FetchOptions& options);

// "FROM=TO" pairs as --mirror and BRINK_MIRROR give them (the variable separates pairs by spaces).
Result<std::vector<std::pair<std::string, std::string>>> ParseMirrors(
    const std::vector<std::string>& texts);

}  // namespace brink::storage
