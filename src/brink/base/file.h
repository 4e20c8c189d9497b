// Files as whole things: mapped, read under a limit, written so that a reader sees the old bytes or
// the new ones, never half of them. Errors name the path and the operating system's reason.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "brink/base/known_files.h"
#include "brink/base/result.h"

namespace brink {

// A regular file mapped read-only: processes that map the same file share its pages. Immutable, any
// thread may read it. Truncating the file while it is mapped makes reads fault, so map only files
// that are replaced by rename.
class MappedFile {
 public:
  static Result<std::shared_ptr<const MappedFile>> Open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }
  // Of the content when it was opened.
  const FileIdentity& identity() const { return identity_; }

 private:
  MappedFile(std::span<const std::byte> bytes, const FileIdentity& identity)
      : bytes_(bytes), identity_(identity) {}
  std::span<const std::byte> bytes_;
  FileIdentity identity_;
};

// The whole of a regular file; kResourceExhausted when it is longer than `limit_bytes`.
Result<std::vector<std::byte>> ReadFile(const std::string& path, size_t limit_bytes);
// The same as text (no newline or encoding conversion).
Result<std::string> ReadTextFile(const std::string& path, size_t limit_bytes);

// A file in the making: written beside `path` under a temporary name, given its name by Commit.
// Without Commit the destructor removes it. Not for two threads at once; two writers of one path do
// not disturb each other, the last Commit wins.
class AtomicFile {
 public:
  static Result<AtomicFile> Create(const std::string& path);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;

  Status Append(std::span<const std::byte> bytes);
  // Flushes to the disk and renames over `path`; the directory entry is flushed too. At most once.
  Status Commit();
  // The same without flushing: after a crash of the machine the file may be damaged. For what tells
  // damage, and can be made again.
  Status CommitUnflushed();
  // As Commit, under another final name on the same file system.
  Status CommitAs(const std::string& path);

  const std::string& temporary_path() const { return temporary_; }

 private:
  AtomicFile(int descriptor, std::string path, std::string temporary);
  void Discard();

  int descriptor_ = -1;
  std::string path_;
  std::string temporary_;
};

// `path` has exactly `bytes` afterwards, or, on failure, what it had before.
Status WriteFile(const std::string& path, std::span<const std::byte> bytes);

}  // namespace brink
