// A model's URI becomes a file or folder here: a path, https, s3, gs, Azure, hf, oci, rclone's
// remotes ...; a scheme is one file of storage/schemes and one line in the table of
// storage/scheme.cc. What was downloaded is kept in a cache and found again by its URI.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
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

// What to do about a source's network.
enum class Offline {
  kOk,     // use it; when it cannot be reached, take what was fetched before
  kNever,  // use it; what was fetched before is only good when the source says so
  kOnly,   // do not use it
};

// The value of an environment variable, or nothing.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct FetchOptions {
  std::string cache_dir;    // where downloads land and are found again; empty: DefaultCacheDir()
  int64_t cache_bytes = 0;  // what is kept of it, least recently used first to go; 0: everything
  Mirrors
      mirrors;  // a URI that begins with FROM is read at TO + the rest; the longest FROM decides
  // Not empty: a URI, before the mirrors, must begin with one of these.
  std::vector<std::string> allowed;
  Offline offline = Offline::kOk;
  std::optional<std::string> sha256;  // hex, lower case; other content is kDataLoss
  // Not empty: an ed25519 key, PEM. The file at URI + ".sig" must be its signature, 64 bytes or
  // their Base64, of the 64 hex digits of the content's SHA-256; else kDataLoss. For single files.
  std::string signature_key;
  uint64_t max_bytes = uint64_t{8} << 30;  // more, together or unpacked, is kResourceExhausted
  int64_t max_files = 10'000;              // the same
  bool unpack = true;                      // an archive becomes the files that it holds
  bool digest_local = true;                // fill Fetched::sha256 of what is on this machine too
  std::string ca_file;                     // PEM file of trusted roots; empty: the system's
  std::chrono::milliseconds connect_timeout{20'000};
  // How long a download may crawl below 64 bytes a second before it is begun again where it
  // stopped; counted in whole seconds, at least 1.
  std::chrono::milliseconds stall_timeout{30'000};
  std::chrono::milliseconds patience{10'000};        // how long to try without a byte of progress
  std::chrono::milliseconds deadline{0};             // for everything together; 0: none
  int connections = 4;                               // at once, for parts of a large object
  Environment environment;                           // of credentials; empty: the process's
  std::function<void(const Progress&)> on_progress;  // called on the thread that called Fetch
  const std::atomic<bool>* cancelled =
      nullptr;  // set: Fetch ends with kCancelled within a second or so
};

struct Fetched {
  std::string
      path;  // a file or folder on this machine; a downloaded file's path never changes its content
  std::string sha256;  // hex of the file as the source has it; empty for a folder
  bool from_cache = false;
  std::string source;  // the URI that was read, after mirrors, fit to be shown: no credentials
  std::shared_ptr<void> lease;  // while it lives the cache's collector leaves `path` alone
};

// Brings `uri` here. Blocks; any thread, any number at once, any number of processes on one cache.
// Never leaves half a file at the final path. "#sha256=HEX" at the end of a URI is FetchOptions'
// sha256. A download goes on where it broke, after its process's death too. A cached copy is asked
// for by its ETag or date, verified by its SHA-256 and, with Offline::kOk, used as it is when the
// source cannot be reached (said in the log). What cannot succeed fails at once. Errors name the
// URI and the cause; never a credential.
Result<Fetched> Fetch(const std::string& uri, const FetchOptions& options);

struct Delivered {
  int64_t files = 0;
  int64_t bytes = 0;
  Fetched fetched;  // without a path where no cache is used
};

// Brings what `uri` names into `folder`: a file under its name, of a folder or an archive all that
// is in it. Until everything is there and on the disk nothing of it appears. One process fills a
// folder at a time, the others wait. What else lies in the folder stays. Without a cache_dir what
// is under way lies in the folder too, below ".brink-fetch".
Result<Delivered> FetchInto(const std::string& uri, const std::string& folder,
                            const FetchOptions& options);

// "FROM=TO" texts as --mirror and BRINK_MIRROR give them. TO is a path or a URI.
Result<Mirrors> ParseMirrors(const std::vector<std::string>& texts);
// A file of rules, YAML: "rewrite: [{from: URI, to: URI}, ...]" and "allow: [URI, ...]"; either may
// be missing. Errors name the line.
struct Rules {
  Mirrors mirrors;
  std::vector<std::string> allowed;
};
Result<Rules> ParseRules(std::string_view yaml);

// "ok", "never", "only".
Result<Offline> ParseOffline(std::string_view text);

// `uri` without what may be secret: user, password, values of the query, fragment.
std::string Redact(std::string_view uri);

// The first of these that can be written: $XDG_CACHE_HOME/brink, $HOME/.cache/brink,
// /var/cache/brink, /tmp/brink-UID (of this user alone). Made when it does not exist.
Result<std::string> DefaultCacheDir();

}  // namespace brink::storage
