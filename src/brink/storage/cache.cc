#include "brink/storage/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "brink/base/file.h"
#include "brink/base/json.h"
#include "brink/base/log.h"
#include "brink/base/sha256.h"
#include "brink/storage/digest.h"
#include "brink/storage/item_name.h"
#include "brink/storage/storage.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;

constexpr auto kDeadAfter = std::chrono::hours(7 * 24);
constexpr size_t kLongestRecord = size_t{8} << 20;

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
    if (!ignored && now - written > kDeadAfter) fs::remove_all(it->path(), ignored);
  }
}

std::string TextOf(const json::Value& object, std::string_view key) {
  const json::Value* value = object.Find(key);
  const std::string* text = value != nullptr ? value->get<std::string>() : nullptr;
  const bool line = text != nullptr && text->find_first_of("\r\n") == std::string::npos;
  return line ? *text : "";
}

bool IsTrue(const json::Value& object, std::string_view key) {
  const json::Value* value = object.Find(key);
  const bool* truth = value != nullptr ? value->get<bool>() : nullptr;
  return truth != nullptr && *truth;
}

bool IsDigest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A record is a file that anybody may have changed: only what Remember would have written is
// believed.
std::optional<CacheEntry> ReadEntry(const json::Value& record) {
  CacheEntry entry{.name = TextOf(record, "name"),
                   .sha256 = TextOf(record, "sha256"),
                   .etag = TextOf(record, "etag"),
                   .last_modified = TextOf(record, "last_modified"),
                   .unpack = IsTrue(record, "unpack"),
                   .only_below = TextOf(record, "only_below")};
  const json::Value* size = record.Find("size");
  const int64_t* bytes = size != nullptr ? size->get<int64_t>() : nullptr;
  if (!IsDigest(entry.sha256) || !IsSafeName(entry.name) || bytes == nullptr || *bytes < 0) {
    return std::nullopt;
  }
  entry.size = *bytes;
  return entry;
}

json::Value WriteEntry(const CacheEntry& entry) {
  return json::Object{{"etag", entry.etag},     {"last_modified", entry.last_modified},
                      {"name", entry.name},     {"only_below", entry.only_below},
                      {"sha256", entry.sha256}, {"size", entry.size},
                      {"unpack", entry.unpack}};
}

void Touch(const std::string& path) { utimensat(AT_FDCWD, path.c_str(), nullptr, 0); }

}  // namespace

const CacheEntry* Manifest::Find(const std::string& name) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const CacheEntry& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

Result<Cache> Cache::Open(const std::string& dir, const std::atomic<bool>* cancelled) {
  Cache cache(dir);
  for (const char* part : {"objects", "trees", "uris", "contents", "tmp"}) {
    BRINK_TRY(MakeFolder(fs::path(dir) / part));
  }
  BRINK_ASSIGN(FileLock lock, FileLock::Wait(dir + "/lock", FileLock::Kind::kShared, cancelled));
  cache.lock_ = std::make_shared<FileLock>(std::move(lock));
  RemoveDeadDownloads(fs::path(dir) / "tmp");
  return cache;
}

std::string Cache::RecordPath(const std::string& uri) const {
  return dir_ + "/uris/" + KeyOf(uri) + ".json";
}

std::string Cache::PathOf(const CacheEntry& entry) const {
  return dir_ + "/objects/" + entry.sha256 + "/" + fs::path(entry.name).filename().string();
}

std::optional<Manifest> Cache::Find(const std::string& uri) const {
  const auto text = ReadTextFile(RecordPath(uri), kLongestRecord);
  if (!text) return std::nullopt;
  const auto record = json::Parse(*text, {.max_depth = 8, .max_values = 200'000});
  const json::Value* list = record ? record->Find("entries") : nullptr;
  const json::Array* entries = list != nullptr ? list->get<json::Array>() : nullptr;
  if (entries == nullptr || entries->empty()) return std::nullopt;
  Manifest manifest{.entries = {}, .complete = IsTrue(*record, "complete")};
  for (const json::Value& item : *entries) {
    const auto entry = ReadEntry(item);
    if (!entry) return std::nullopt;
    manifest.entries.push_back(*entry);
  }
  return manifest;
}

Status Cache::Remember(const std::string& uri, const Manifest& manifest) const {
  json::Array entries;
  for (const CacheEntry& entry : manifest.entries) entries.push_back(WriteEntry(entry));
  const json::Value record(json::Object{
      {"complete", manifest.complete}, {"entries", std::move(entries)}, {"uri", Redact(uri)}});
  const std::string text = json::Write(record, {.ascii = true}) + "\n";
  return WriteFile(RecordPath(uri), std::as_bytes(std::span(text)));
}

bool Cache::Has(const CacheEntry& entry) const {
  const std::string path = PathOf(entry);
  const std::string folder = fs::path(path).parent_path();
  std::error_code error;
  fs::directory_iterator it(folder, error);
  if (error) return false;
  if (!fs::exists(path, error) && it != fs::directory_iterator()) {
    fs::create_hard_link(it->path(), path, error);  // the same content under another name
  }
  const uint64_t size = fs::file_size(path, error);
  if (error) return false;
  const auto digest = FileSha256(path);
  if (size == static_cast<uint64_t>(entry.size) && digest && *digest == entry.sha256) {
    Touch(folder);
    return true;
  }
  log::Warn("a cached file is damaged and will be fetched again", {{"path", path}});
  fs::remove_all(folder, error);
  return false;
}

std::optional<int64_t> Cache::SizeOf(const CacheEntry& entry) const {
  std::error_code error;
  for (fs::directory_iterator it(fs::path(PathOf(entry)).parent_path(), error), end;
       !error && it != end; it.increment(error)) {
    const uint64_t size = it->file_size(error);
    if (!error) return static_cast<int64_t>(size);
  }
  return std::nullopt;
}

std::optional<std::string> Cache::FindContent(const std::string& content_id) const {
  if (content_id.empty()) return std::nullopt;
  const auto text = ReadTextFile(dir_ + "/contents/" + KeyOf(content_id), 100);
  if (!text || !IsDigest(*text)) return std::nullopt;
  return *text;
}

std::string Cache::PartialPrefix(const std::string& uri, const Item& item) const {
  return dir_ + "/tmp/" + KeyOf(uri + "\n" + item.name);
}

Status Cache::Store(PartialFile& file, const CacheEntry& entry,
                    const std::string& content_id) const {
  const std::string path = PathOf(entry);
  BRINK_TRY(MakeFolder(fs::path(path).parent_path()));
  BRINK_TRY(file.Flush());
  if (rename(file.path().c_str(), path.c_str()) != 0) {
    return Fail(Code::kPermissionDenied,
                path + ": cannot put the content there: " + std::system_category().message(errno));
  }
  file.Remove();
  if (content_id.empty()) return {};
  return WriteFile(dir_ + "/contents/" + KeyOf(content_id), std::as_bytes(std::span(entry.sha256)));
}

std::shared_ptr<FileLock> Cache::Lease(const std::string& path) const {
  auto lock = FileLock::Try(path, FileLock::Kind::kShared);
  return lock ? std::make_shared<FileLock>(std::move(*lock)) : nullptr;
}

}  // namespace brink::storage
