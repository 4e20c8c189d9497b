#include "brink/base/known_files.h"

#include <chrono>
#include <filesystem>
#include <span>
#include <system_error>

#include "brink/base/checksum.h"
#include "brink/base/file.h"

namespace brink {
namespace {

constexpr size_t kLongestRecord = size_t{1} << 20;

// This start of the machine; empty where the system does not tell.
const std::string& BootId() {
  static const std::string found = [] {
    const auto id = ReadTextFile("/proc/sys/kernel/random/boot_id", 1024);
    return id ? id->substr(0, id->find('\n')) : "";
  }();
  return found;
}

int64_t NowNs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// All of a record before the fact.
std::string HeadOf(const FileIdentity& identity) {
  return "brink known file 2\n" + BootId() + "\n" + std::to_string(identity.device) + " " +
         std::to_string(identity.inode) + " " + std::to_string(identity.bytes) + " " +
         std::to_string(identity.modified_ns) + " " + std::to_string(identity.changed_ns) + "\n";
}

// What stands at the end of a record of `text`.
std::string SealOf(std::string_view text) {
  const uint64_t checksum = ChecksumOf(std::as_bytes(std::span(text)));
  return {reinterpret_cast<const char*>(&checksum), sizeof(checksum)};
}

}  // namespace

std::string KnownFiles::PathOf(const FileIdentity& identity) const {
  return folder_ + "/" + std::to_string(identity.device) + "-" + std::to_string(identity.inode);
}

std::optional<std::string> KnownFiles::Find(const FileIdentity& identity) const {
  if (folder_.empty() || BootId().empty()) return std::nullopt;
  const auto read = ReadTextFile(PathOf(identity), kLongestRecord);
  const std::string_view record = read ? std::string_view(*read) : std::string_view();
  const std::string head = HeadOf(identity);
  if (!record.starts_with(head) || record.size() < head.size() + sizeof(uint64_t))
    return std::nullopt;
  const std::string_view text = record.substr(0, record.size() - sizeof(uint64_t));
  if (!record.ends_with(SealOf(text))) return std::nullopt;
  return std::string(text.substr(head.size()));
}

void KnownFiles::Remember(const FileIdentity& identity, std::string_view fact) const {
  if (folder_.empty() || BootId().empty() || identity.changed_ns > NowNs() - settled_.count())
    return;
  std::string record = HeadOf(identity) + std::string(fact);
  record += SealOf(record);
  if (record.size() > kLongestRecord) return;
  std::error_code ignored;  // what keeps the folder from being made keeps the file too
  std::filesystem::create_directories(folder_, ignored);
  auto file = AtomicFile::Create(PathOf(identity));
  if (!file || !file->Append(std::as_bytes(std::span(record)))) return;
  static_cast<void>(file->CommitUnflushed());  // the seal tells a damaged record
}

}  // namespace brink
