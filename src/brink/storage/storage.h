// A model's URI becomes a file or folder here: plain path, file:, http(s):; other schemes are one
// file and one line in the table of storage/scheme.cc each. What was downloaded is kept in a cache
// and found again by its URI.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "brink/base/result.h"

namespace brink::storage {

struct Progress {
  uint64_t bytes = 0;             // so far
  std::optional<uint64_t> total;  // when the source told
};

// (FROM, TO) pairs.
using Mirrors = std::vector<std::pair<std::string, std::string>>;

struct FetchOptions {
  std::string cache_dir;  // where downloads land and are found again; empty: DefaultCacheDir()
  Mirrors
      mirrors;  // a URI that begins with FROM is read at TO + the rest; the longest FROM decides
  std::optional<std::string> sha256;       // hex, lower case; other content is kDataLoss
  uint64_t max_bytes = uint64_t{2} << 30;  // a longer download is kResourceExhausted
  std::string ca_file;                     // PEM file of trusted roots; empty: the system's
  std::chrono::milliseconds connect_timeout{20'000};
  // How long a download may crawl below 64 bytes a second; counted in whole seconds, at least 1.
  std::chrono::milliseconds stall_timeout{30'000};
  std::function<void(const Progress&)> on_progress;  // called on the thread that called Fetch
  const std::atomic<bool>* cancelled =
      nullptr;  // set: Fetch ends with kCancelled within a second or so
};

struct Fetched {
  std::string
      path;  // a file or folder on this machine; a downloaded file's path never changes its content
  std::string sha256;  // hex of the file; empty for a folder
  bool from_cache = false;
  std::string source;  // the URI that was read, after mirrors, fit to be shown: no credentials
};

// Brings `uri` here. Blocks; any thread, any number at once, any number of processes on one cache.
// Never leaves half a file at the final path. A cached copy is asked for by its ETag or date,
// verified by its SHA-256 and used as it is when the source cannot be reached (said in the log).
// Errors name the URI and the cause; never a credential.
Result<Fetched> Fetch(const std::string& uri, const FetchOptions& options);

struct Delivered {
  int64_t files = 0;
  int64_t bytes = 0;
  Fetched fetched;
};

// Brings what `uri` names into `folder`: a file under its name, of a folder all that is in it.
// Until everything is there and on the disk nothing of it appears. One process fills a folder at a
// time, the others wait. What else lies in the folder stays.
Result<Delivered> FetchInto(const std::string& uri, const std::string& folder,
                            const FetchOptions& options);

// "FROM=TO" texts as --mirror and BRINK_MIRROR give them. TO is a path, a file: or an http(s): URI.
Result<Mirrors> ParseMirrors(const std::vector<std::string>& texts);

// `uri` without what may be secret: user, password, values of the query, fragment.
std::string Redact(std::string_view uri);

// The first of these that can be written: $XDG_CACHE_HOME/brink, $HOME/.cache/brink,
// /var/cache/brink, /tmp/brink-UID (of this user alone). Made when it does not exist.
Result<std::string> DefaultCacheDir();

}  // namespace brink::storage
