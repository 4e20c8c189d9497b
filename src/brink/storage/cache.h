// Downloads on this machine: contents under their SHA-256, and what is known of each URI. Any
// number of processes share one: files appear whole, by rename, and are never changed. storage/
// only.
//
//   DIR/objects/SHA256/NAME   a content under the name that it had at its source
//   DIR/uris/SHA256.json      what the URI of that SHA-256 gave last
//   DIR/tmp/                  downloads under way
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "brink/base/file.h"
#include "brink/base/result.h"

namespace brink::storage {

struct CacheEntry {
  std::string sha256;
  std::string name;
  uint64_t size = 0;
  std::string etag;           // as the source sent it; may be empty
  std::string last_modified;  // the same
};

class Cache {
 public:
  // Makes the folders; removes downloads that died more than a day ago.
  static Result<Cache> Open(const std::string& dir);

  // What is known of `uri`, if its content is still there and still is what it was (its SHA-256 is
  // computed).
  std::optional<CacheEntry> Find(const std::string& uri) const;
  std::string PathOf(const CacheEntry& entry) const;

  // A file to download into. Give it to Store when it is whole.
  Result<AtomicFile> NewFile(const std::string& uri) const;
  Status Store(const std::string& uri, AtomicFile content, const CacheEntry& entry) const;

 private:
  explicit Cache(std::string dir) : dir_(std::move(dir)) {}
  std::string RecordPath(const std::string& uri) const;

  std::string dir_;
};

}  // namespace brink::storage
