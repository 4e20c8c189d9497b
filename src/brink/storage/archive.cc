#include "brink/storage/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "brink/base/descriptor.h"
#include "brink/base/log.h"
#include "brink/storage/item_name.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBlockBytes = size_t{64} << 10;

struct FreeArchive {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, FreeArchive>;

// A name fit for a message, whatever it holds.
std::string Shown(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  return "'" + text.substr(0, 200) + "'";
}

tl::unexpected<Error> Broken(archive* reader) {
  const char* text = archive_error_string(reader);
  return Fail(Code::kDataLoss,
              "not an archive that can be read: " + std::string(text != nullptr ? text : "broken"));
}

// "./a//b/" -> "a/b"; what leads out of the folder stays recognisable.
std::string Tidy(std::string_view name) {
  if (name.starts_with('/')) return std::string(name);
  std::string tidy;
  while (!name.empty()) {
    const size_t slash = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, slash);
    if (!part.empty() && part != ".") tidy += (tidy.empty() ? "" : "/") + std::string(part);
    name.remove_prefix(std::min(slash + 1, name.size()));
  }
  return tidy;
}

class Unpacker {
 public:
  Unpacker(archive* reader, std::string folder, const UnpackOptions& options)
      : reader_(reader), folder_(std::move(folder)), options_(options) {}

  Result<int64_t> Run() {
    archive_entry* entry = nullptr;
    int64_t entries = 0;
    while (true) {
      if (options_.cancelled != nullptr && *options_.cancelled) {
        return Fail(Code::kCancelled, "cancelled");
      }
      const int code = archive_read_next_header(reader_, &entry);
      if (code == ARCHIVE_EOF) break;
      if (code < ARCHIVE_WARN) return Broken(reader_);
      if (++entries > options_.max_entries) {
        return Fail(Code::kResourceExhausted,
                    "more than " + std::to_string(options_.max_entries) + " entries");
      }
      BRINK_TRY(Take(entry));
    }
    BRINK_TRY(MakeLinks());
    // Of an image only one layer may hold what is wanted.
    if (files_ == 0 && options_.only_below.empty())
      return Fail(Code::kNotFound, "no file in the archive");
    return files_;
  }

 private:
  struct Link {
    std::string name;
    std::string target;  // within the folder
  };

  // The wanted place of an entry; "" when it lies elsewhere.
  Result<std::string> Place(const std::string& raw) const {
    const std::string name = Tidy(raw);
    if (name.empty()) return name;
    if (!IsSafeName(name)) {
      return Fail(Code::kDataLoss, "entry " + Shown(raw) + ": a name that cannot be or leads out");
    }
    if (options_.only_below.empty()) return name;
    const std::string below = options_.only_below + "/";
    return name.starts_with(below) ? name.substr(below.size()) : std::string();
  }

  Status Take(archive_entry* entry) {
    const char* utf8 = archive_entry_pathname_utf8(entry);
    const char* raw = utf8 != nullptr ? utf8 : archive_entry_pathname(entry);
    if (raw == nullptr) return Fail(Code::kDataLoss, "an entry without a readable name");
    BRINK_ASSIGN(const std::string name, Place(raw));
    if (name.empty()) return {};
    if (const char* target = archive_entry_hardlink(entry)) {
      BRINK_ASSIGN(std::string place, Place(target));
      links_.push_back({name, std::move(place)});
      return {};
    }
    switch (archive_entry_filetype(entry)) {
      case AE_IFREG:
        return WriteFile(entry, name);
      case AE_IFDIR:
        return {};
      case AE_IFLNK:
        return TakeSymlink(entry, name);
      default:
        return Fail(Code::kDataLoss, "entry " + Shown(name) + ": neither a file nor a folder");
    }
  }

  Status TakeSymlink(archive_entry* entry, const std::string& name) {
    const char* target = archive_entry_symlink(entry);
    const std::string text = target != nullptr ? target : "";
    const fs::path place = (fs::path(name).parent_path() / text).lexically_normal();
    if (text.empty() || text[0] == '/' || !IsSafeName(place.string())) {
      return Fail(Code::kDataLoss, "entry " + Shown(name) + ": a link that leads out");
    }
    links_.push_back({name, place.string()});
    return {};
  }

  Status WriteFile(archive_entry* entry, const std::string& name) {
    const std::string path = folder_ + "/" + name;
    std::error_code error;
    fs::create_directories(fs::path(path).parent_path(), error);
    if (error) return FailErrno(path, "make its folder", error.value());
    if (archive_entry_size_is_set(entry) != 0) BRINK_TRY(Count(0, archive_entry_size(entry)));
    // Of equal names the last counts, as tar has it.
    const Descriptor file(
        open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (file.get() < 0) return FailErrno(path, "create", errno);
    BRINK_TRY(WriteContent(file.get(), path));
    if (fsync(file.get()) != 0) return FailErrno(path, "flush", errno);
    ++files_;
    return {};
  }

  Status WriteContent(int file, const std::string& path) {
    const void* block = nullptr;
    size_t size = 0;
    int64_t offset = 0;
    int64_t length = 0;
    while (true) {
      const int code = archive_read_data_block(reader_, &block, &size, &offset);
      if (code != ARCHIVE_OK && code != ARCHIVE_EOF && code != ARCHIVE_WARN) return Broken(reader_);
      // At the end `offset` is the file's length where it ends in a hole.
      if (offset < 0) return Fail(Code::kDataLoss, "a negative offset");
      BRINK_TRY(Count(offset, static_cast<int64_t>(size)));
      if (code == ARCHIVE_EOF) break;
      BRINK_TRY(WriteBlock(file, path, {static_cast<const char*>(block), size}, offset));
      length = std::max(length, offset + static_cast<int64_t>(size));
      if (options_.cancelled != nullptr && *options_.cancelled) {
        return Fail(Code::kCancelled, "cancelled");
      }
    }
    length = std::max(length, offset);
    if (ftruncate(file, length) != 0) return FailErrno(path, "write", errno);
    bytes_ += static_cast<uint64_t>(length);
    return {};
  }

  static Status WriteBlock(int file, const std::string& path, std::string_view block,
                           int64_t offset) {
    while (!block.empty()) {
      const ssize_t wrote = pwrite(file, block.data(), block.size(), offset);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return FailErrno(path, "write", errno);
      block.remove_prefix(static_cast<size_t>(wrote));
      offset += wrote;
    }
    return {};
  }

  // Whether what was written and `offset` + `size` of the file at hand are within the limit.
  Status Count(int64_t offset, int64_t size) const {
    const uint64_t most = options_.max_bytes - std::min(options_.max_bytes, bytes_);
    const bool fits = size >= 0 && static_cast<uint64_t>(offset) <= most &&
                      static_cast<uint64_t>(size) <= most - static_cast<uint64_t>(offset);
    if (fits) return {};
    return Fail(Code::kResourceExhausted, "unpacks to more than the limit of " +
                                              std::to_string(options_.max_bytes) + " bytes");
  }

  // Links may name links that come later: one that cannot be made yet waits for the one it names.
  Status MakeLinks() {
    std::map<std::string, std::vector<const Link*>> waiting;
    std::vector<const Link*> turns;
    for (const Link& link : links_) turns.push_back(&link);
    for (size_t turn = 0; turn < turns.size(); ++turn) {
      const Link& link = *turns[turn];
      BRINK_ASSIGN(const bool made, MakeLink(link));
      if (!made) {
        waiting[link.target].push_back(&link);
      } else if (auto freed = waiting.extract(link.name)) {
        turns.insert(turns.end(), freed.mapped().begin(), freed.mapped().end());
      }
    }
    size_t left = 0;
    for (const auto& [target, links] : waiting) left += links.size();
    if (left > 0) {
      log::Warn("links of the archive that name no file of it are passed over",
                {{"first", waiting.begin()->second[0]->name}, {"links", left}});
    }
    return {};
  }

  // Whether what it names is there.
  Result<bool> MakeLink(const Link& link) {
    const fs::path target = fs::path(folder_) / link.target;
    const fs::path path = fs::path(folder_) / link.name;
    std::error_code error;
    if (link.target.empty() || !fs::is_regular_file(fs::symlink_status(target, error)))
      return false;
    fs::create_directories(path.parent_path(), error);
    if (error) return false;
    if (fs::exists(fs::symlink_status(path, error))) return true;
    if (options_.hard_links) fs::create_hard_link(target, path, error);
    if (error || !options_.hard_links) BRINK_TRY(Copy(target, path));
    ++files_;
    return true;
  }

  // Of a link, where the file system has none, as FAT: then each takes room.
  Status Copy(const fs::path& from, const fs::path& to) {
    std::error_code error;
    const uintmax_t bytes = fs::file_size(from, error);
    if (!error) BRINK_TRY(Count(0, static_cast<int64_t>(bytes)));
    if (!error) fs::copy_file(from, to, error);
    if (error) return FailErrno(to.string(), "copy a linked file to", error.value());
    bytes_ += bytes;
    return {};
  }

  archive* reader_;
  std::string folder_;
  const UnpackOptions& options_;
  std::vector<Link> links_;
  uint64_t bytes_ = 0;
  int64_t files_ = 0;
};

}  // namespace

Result<int64_t> Unpack(const std::string& archive_path, const std::string& folder,
                       const UnpackOptions& options) {
  const Reader reader(archive_read_new());
  if (!reader) return Fail(Code::kResourceExhausted, "no memory for an archive");
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip(reader.get());
  const Descriptor file(open(archive_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return FailErrno(archive_path, "open", errno);
  if (archive_read_open_fd(reader.get(), file.get(), kBlockBytes) != ARCHIVE_OK) {
    return Broken(reader.get());
  }
  return Unpacker(reader.get(), folder, options).Run();
}

}  // namespace brink::storage
