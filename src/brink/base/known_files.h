// What was found out about files at some cost, a digest or that a checksum is right, kept for the
// next process: a file that nobody has written to since need not be read whole again. git tells
// unchanged files so.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace brink {

// A content of a file, told by what its file system says of it: who writes to a file moves the time
// of its last change, which no program can set. As long as the machine runs, that is: a crash may
// leave other bytes under the same times.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t bytes = 0;
  int64_t modified_ns = 0;  // since 1970
  int64_t changed_ns = 0;

  bool operator==(const FileIdentity&) const = default;
};

// A folder of records, one a file, each of a content and of this start of the machine. Records are
// no more trustworthy than their folder; one that is damaged, old or of another content is as good
// as none. Any thread, any number of processes.
class KnownFiles {
 public:
  // Longer than the steps of any file system's clock: FAT's are two seconds.
  static constexpr std::chrono::nanoseconds kSettled = std::chrono::seconds(3);

  // Without a folder nothing is known and nothing remembered.
  explicit KnownFiles(std::string folder = "", std::chrono::nanoseconds settled = kSettled)
      : folder_(std::move(folder)), settled_(settled) {}

  // What Remember was last told of this very content.
  std::optional<std::string> Find(const FileIdentity& identity) const;
  // Any bytes, less than a megabyte. Nothing is remembered of a file that changed just now, less
  // than `settled` ago: another change might bear the same time. Where the folder cannot be written
  // nothing is remembered.
  void Remember(const FileIdentity& identity, std::string_view fact) const;

 private:
  std::string PathOf(const FileIdentity& identity) const;

  std::string folder_;
  std::chrono::nanoseconds settled_;
};

}  // namespace brink
