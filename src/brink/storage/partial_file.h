// A download under way: the bytes that are there, which they are, and of which version of the
// source. A killed process's successor goes on from it; after a power cut only what was flushed is
// believed. storage/ only.
//
//   PREFIX.part    the bytes, at their places
//   PREFIX.state   JSON: version, length, ranges that are there, and a check of all that
#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <span>
#include <string>

#include "brink/base/result.h"
#include "brink/storage/range_set.h"

namespace brink::storage {

// Which version of a source a server speaks of.
struct Version {
  std::string etag;           // as sent; empty when not
  std::string last_modified;  // the same
  int64_t total = -1;         // bytes; -1: not known

  // What If-Range takes: a strong ETag, else the date; empty when neither is there (RFC
  // 9110, 13.1.5).
  std::string IfRange() const;
  // Whether an answer of `other` can be another part of this content.
  bool SameAs(const Version& other) const;
};

class PartialFile {
 public:
  // Opens or makes it. Not for two at once: the caller holds a lock.
  static Result<PartialFile> Open(const std::string& prefix);
  ~PartialFile();
  PartialFile(PartialFile&& other) noexcept;
  PartialFile& operator=(PartialFile&&) = delete;

  const Version& version() const { return version_; }
  const RangeSet& done() const { return done_; }
  int descriptor() const { return descriptor_; }
  const std::string& path() const { return part_; }

  // Forgets every byte: what comes is `version`.
  Status Restart(const Version& version);
  void SetTotal(int64_t total) { version_.total = total; }
  Status Write(int64_t offset, std::span<const std::byte> bytes);
  // Remembers what is there for a successor: now and then flushed to the disk as well.
  Status Save();
  // Flushes the bytes; they are whole.
  Status Flush();
  // Removes both files.
  void Remove();

 private:
  explicit PartialFile(const std::string& prefix)
      : part_(prefix + ".part"), state_(prefix + ".state") {}
  void Load();
  Status FlushMeanwhile();
  Status WriteState();
  void RemoveState();

  std::string part_;
  std::string state_;
  int descriptor_ = -1;
  int state_descriptor_ = -1;  // once it was written to
  size_t state_bytes_ = 0;
  Version version_;
  RangeSet done_;
  RangeSet flushed_;
  RangeSet being_flushed_;
  std::future<int> flush_;  // its errno
  std::string boot_id_;
  int64_t saved_bytes_ = -1;
};

}  // namespace brink::storage
