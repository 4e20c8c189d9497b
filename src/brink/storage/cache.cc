#include "brink/storage/cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "brink/base/json.h"
#include "brink/base/log.h"
#include "brink/base/sha256.h"
#include "brink/storage/digest.h"
#include "brink/storage/storage.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;

std::string KeyOf(const std::string& uri) { return Sha256Hex(std::as_bytes(std::span(uri))); }

Status MakeFolder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return {};
  return Fail(Code::kPermissionDenied,
              "cannot make the cache folder " + path.string() + ": " + error.message());
}

void RemoveDeadDownloads(const fs::path& folder) {
  std::error_code error;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const auto written = fs::last_write_time(it->path(), ignored);
    if (!ignored && now - written > std::chrono::hours(24)) fs::remove(it->path(), ignored);
  }
}

std::string TextOf(const json::Value& object, std::string_view key) {
  const json::Value* value = object.Find(key);
  const std::string* text = value != nullptr ? value->get<std::string>() : nullptr;
  return text != nullptr ? *text : "";
}

bool IsDigest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A record is a file that anybody may have changed: only what Store would have written is believed.
std::optional<CacheEntry> ReadRecord(const std::string& path) {
  const auto text = ReadTextFile(path, 64 << 10);
  if (!text) return std::nullopt;
  const auto record = json::Parse(*text);
  if (!record) return std::nullopt;
  CacheEntry entry{.sha256 = TextOf(*record, "sha256"),
                   .name = TextOf(*record, "name"),
                   .etag = TextOf(*record, "etag"),
                   .last_modified = TextOf(*record, "last_modified")};
  const json::Value* size = record->Find("size");
  const int64_t* bytes = size != nullptr ? size->get<int64_t>() : nullptr;
  const bool safe_name =
      !entry.name.empty() && entry.name[0] != '.' && entry.name.find('/') == std::string::npos;
  if (!IsDigest(entry.sha256) || !safe_name || bytes == nullptr || *bytes < 0) return std::nullopt;
  entry.size = static_cast<uint64_t>(*bytes);
  return entry;
}

bool CanWrite(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  return !error && access(folder.c_str(), W_OK | X_OK) == 0;
}

// In a folder that everybody may write, another user may have been first.
bool IsOurs(const fs::path& folder) {
  struct stat status {};
  return lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

Result<Cache> Cache::Open(const std::string& dir) {
  const fs::path root(dir);
  BRINK_TRY(MakeFolder(root / "objects"));
  BRINK_TRY(MakeFolder(root / "uris"));
  BRINK_TRY(MakeFolder(root / "tmp"));
  RemoveDeadDownloads(root / "tmp");
  return Cache(dir);
}

std::string Cache::RecordPath(const std::string& uri) const {
  return dir_ + "/uris/" + KeyOf(uri) + ".json";
}

std::string Cache::PathOf(const CacheEntry& entry) const {
  return dir_ + "/objects/" + entry.sha256 + "/" + entry.name;
}

std::optional<CacheEntry> Cache::Find(const std::string& uri) const {
  std::optional<CacheEntry> entry = ReadRecord(RecordPath(uri));
  if (!entry) return std::nullopt;
  const std::string path = PathOf(*entry);
  std::error_code error;
  const uint64_t size = fs::file_size(path, error);
  if (error) return std::nullopt;
  const auto digest = FileSha256(path);
  if (size == entry->size && digest && *digest == entry->sha256) return entry;
  log::Warn("a cached file is damaged and will be fetched again", {{"path", path}});
  return std::nullopt;
}

Result<AtomicFile> Cache::NewFile(const std::string& uri) const {
  return AtomicFile::Create(dir_ + "/tmp/" + KeyOf(uri));
}

Status Cache::Store(const std::string& uri, AtomicFile content, const CacheEntry& entry) const {
  const std::string path = PathOf(entry);
  BRINK_TRY(MakeFolder(fs::path(path).parent_path()));
  BRINK_TRY(content.CommitAs(path));
  const json::Value record(json::Object{{"uri", Redact(uri)},
                                        {"sha256", entry.sha256},
                                        {"name", entry.name},
                                        {"size", static_cast<int64_t>(entry.size)},
                                        {"etag", entry.etag},
                                        {"last_modified", entry.last_modified}});
  const std::string text = json::Write(record, {.ascii = true}) + "\n";
  return WriteFile(RecordPath(uri), std::as_bytes(std::span(text)));
}

Result<std::string> DefaultCacheDir() {
  std::vector<fs::path> candidates;
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (xdg != nullptr && xdg[0] == '/') candidates.push_back(fs::path(xdg) / "brink");
  if (home != nullptr && home[0] == '/') candidates.push_back(fs::path(home) / ".cache" / "brink");
  candidates.emplace_back("/var/cache/brink");
  for (const fs::path& candidate : candidates) {
    if (CanWrite(candidate)) return candidate.string();
  }
  const fs::path shared = "/tmp/brink-" + std::to_string(geteuid());
  mkdir(shared.c_str(), 0700);
  if (IsOurs(shared) && CanWrite(shared)) return shared.string();
  return Fail(Code::kPermissionDenied, "no folder for downloads can be written (tried " +
                                           candidates.front().string() + " ... " + shared.string() +
                                           "): name one with --cache or BRINK_CACHE");
}

}  // namespace brink::storage
