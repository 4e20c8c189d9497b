// Downloads on this machine: contents under their SHA-256, and what is known of each URI. Any
// number of processes share one: contents and records appear whole, by rename, and are never
// changed; locks keep two from writing one download, and the collector from what is in use.
// storage/ only.
//
//   DIR/objects/SHA256/NAME    a content under the name that it had at its source
//   DIR/trees/KEY/...          a folder of links to contents, or what an archive held
//   DIR/uris/SHA256.json       what the URI of that SHA-256 gave last
//   DIR/contents/SHA256        the digest of what a source calls by that id
//   DIR/tmp/                   downloads under way
//   DIR/packed/KEY/            what others make of contents, and can make again; collected too
//   DIR/lock                   shared by all that fetch, exclusive to the collector
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/storage/file_lock.h"
#include "brink/storage/partial_file.h"
#include "brink/storage/source.h"

namespace brink::storage {

// What is known of one object of a URI.
struct CacheEntry {
  std::string name;  // as Item::name
  std::string sha256;
  int64_t size = 0;
  std::string etag;           // as the source sent it; may be empty
  std::string last_modified;  // the same
  bool unpack = false;
  std::string only_below;
};

struct Manifest {
  std::vector<CacheEntry> entries;
  bool complete = false;  // false: an earlier fetch ended before the last object

  const CacheEntry* Find(const std::string& name) const;
};

class Cache {
 public:
  // Makes the folders; removes downloads that nobody went on with for some days. Waits for a
  // collector at work.
  static Result<Cache> Open(const std::string& dir, const std::atomic<bool>* cancelled);

  // What is known of `uri`; the contents need not be there any more.
  std::optional<Manifest> Find(const std::string& uri) const;
  Status Remember(const std::string& uri, const Manifest& manifest) const;

  // Whether the content is there and still is what it was: its SHA-256 is computed. A damaged one
  // is removed. The content is at PathOf(entry) afterwards, and counts as used now.
  bool Has(const CacheEntry& entry) const;
  std::string PathOf(const CacheEntry& entry) const;
  std::optional<int64_t> SizeOf(const CacheEntry& entry) const;
  // The digest of the content that a source calls by `content_id`.
  std::optional<std::string> FindContent(const std::string& content_id) const;

  // Where `item` of `uri` is downloaded to, a prefix for PartialFile; take "PREFIX.lock" first.
  std::string PartialPrefix(const std::string& uri, const Item& item) const;
  // Flushes a whole download and puts it under its digest.
  Status Store(PartialFile& file, const CacheEntry& entry, const std::string& content_id) const;

  const std::string& dir() const { return dir_; }
  // Of the folder that `path` lies in, against the collector; nothing when it cannot be had.
  std::shared_ptr<FileLock> Lease(const std::string& path) const;

 private:
  explicit Cache(std::string dir) : dir_(std::move(dir)) {}
  std::string RecordPath(const std::string& uri) const;

  std::string dir_;
  std::shared_ptr<FileLock> lock_;
};

// A folder under `cache`/trees that holds every entry under its name, archives unpacked; made when
// it is not there. The path of the one content instead when it is a single file.
Result<std::string> PathOfAll(const Cache& cache, const Manifest& manifest,
                              const FetchOptions& options);

// Removes what was not used for longest until at most `bytes` are left. Never what is leased; does
// nothing while others fetch. Returns how many bytes are left.
int64_t CollectGarbage(const std::string& dir, int64_t bytes);

}  // namespace brink::storage
