#include "brink/base/known_files.h"

#include <chrono>
#include <filesystem>
#include <span>
#include <system_error>

#include "brink/base/file.h"
#include "brink/base/sha256.h"

namespace brink {
namespace {

constexpr size_t kLongestRecord = 1024;
constexpr size_t kDigestLength = 64;

std::string BootId() {
  const auto id = ReadTextFile("/proc/sys/kernel/random/boot_id", kLongestRecord);
  return id ? id->substr(0, id->find('\n')) : "";
}

int64_t NowNs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// All of a record before the fact.
std::string HeadOf(const std::string& boot, const FileIdentity& identity) {
  return "brink known file 1\n" + boot + "\n" + std::to_string(identity.device) + " " +
         std::to_string(identity.inode) + " " + std::to_string(identity.bytes) + " " +
         std::to_string(identity.modified_ns) + " " + std::to_string(identity.changed_ns) + "\n";
}

}  // namespace

KnownFiles::KnownFiles(std::string folder, std::chrono::nanoseconds settled)
    : folder_(std::move(folder)), settled_(settled) {
  if (!folder_.empty()) boot_ = BootId();
}

std::string KnownFiles::PathOf(const FileIdentity& identity) const {
  return folder_ + "/" + std::to_string(identity.device) + "-" + std::to_string(identity.inode);
}

std::optional<std::string> KnownFiles::Find(const FileIdentity& identity) const {
  if (boot_.empty()) return std::nullopt;
  const auto record = ReadTextFile(PathOf(identity), kLongestRecord);
  const std::string head = HeadOf(boot_, identity);
  if (!record || !record->starts_with(head) || record->size() < head.size() + kDigestLength)
    return std::nullopt;
  const std::string text = record->substr(0, record->size() - kDigestLength);
  if (Sha256Hex(std::as_bytes(std::span(text))) != record->substr(text.size())) return std::nullopt;
  return text.substr(head.size());
}

void KnownFiles::Remember(const FileIdentity& identity, std::string_view fact) const {
  if (boot_.empty() || identity.changed_ns > NowNs() - settled_.count()) return;
  std::string record = HeadOf(boot_, identity) + std::string(fact);
  record += Sha256Hex(std::as_bytes(std::span(record)));
  std::error_code ignored;  // what keeps the folder from being made keeps the file too
  std::filesystem::create_directories(folder_, ignored);
  auto file = AtomicFile::Create(PathOf(identity));
  if (!file || !file->Append(std::as_bytes(std::span(record)))) return;
  static_cast<void>(file->CommitUnflushed());  // the record's digest tells a damaged one
}

}  // namespace brink
