#include "brink/storage/delivery.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>

#include "brink/base/descriptor.h"
#include "brink/storage/archive.h"
#include "brink/storage/file_lock.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUnderWay = ".brink-fetch";
constexpr size_t kPieceBytes = size_t{256} << 10;

Status MakeFolder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return FailErrno(path, "make the folder", error.value());
  return {};
}

Status WriteAll(int descriptor, const char* data, size_t size, const std::string& path) {
  while (size > 0) {
    const ssize_t wrote = write(descriptor, data, size);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return FailErrno(path, "write", errno);
    data += wrote;
    size -= static_cast<size_t>(wrote);
  }
  return {};
}

void SyncFolder(const std::string& path) {
  const Descriptor folder(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (folder.get() >= 0) fsync(folder.get());
}

// Every folder that these files lie in, and those that these lie in, "" at last.
std::set<std::string> FoldersOf(const std::vector<std::string>& names) {
  std::set<std::string> folders{""};
  for (const std::string& name : names) {
    for (fs::path up = fs::path(name).parent_path(); !up.empty(); up = up.parent_path()) {
      if (!folders.insert(up).second) break;
    }
  }
  return folders;
}

// The files below `folder`, sorted, relative to it; without what lies in `without`.
Result<std::vector<std::string>> FilesBelow(const fs::path& folder, const fs::path& without) {
  std::vector<std::string> names;
  std::error_code error;
  const auto options = fs::directory_options::follow_directory_symlink;
  for (fs::recursive_directory_iterator it(folder, options, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;
    const std::string name = it->path().filename();
    const bool passed_over = name.starts_with("..") || name == kUnderWay ||
                             fs::equivalent(it->path(), without, ignored) || it.depth() > 64;
    if (passed_over) it.disable_recursion_pending();
    if (!passed_over && it->is_regular_file(ignored)) {
      names.push_back(it->path().lexically_relative(folder));
    }
  }
  if (error) return FailErrno(folder, "read the folder", error.value());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<Delivery> Delivery::Open(const std::string& folder, const std::atomic<bool>* cancelled) {
  const fs::path under_way = fs::path(folder) / kUnderWay;
  while (true) {
    BRINK_TRY(MakeFolder(under_way));
    BRINK_ASSIGN(FileLock lock,
                 FileLock::Wait(under_way / "lock", FileLock::Kind::kExclusive, cancelled));
    // The process that had it may have removed the whole folder at its end.
    if (!lock.StillNames(under_way / "lock")) continue;
    std::error_code ignored;
    fs::remove_all(under_way / "files", ignored);
    Delivery delivery(folder, std::make_shared<FileLock>(std::move(lock)));
    delivery.cancelled_ = cancelled;
    return delivery;
  }
}

std::string Delivery::Waiting(const std::string& name) const {
  return folder_ + "/" + kUnderWay + "/files/" + name;
}

Status Delivery::CopyFile(const std::string& from, const std::string& name) {
  const std::string to = Waiting(name);
  BRINK_TRY(MakeFolder(fs::path(to).parent_path()));
  const Descriptor source(open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (source.get() < 0) return FailErrno(from, "open", errno);
  const Descriptor copy(open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (copy.get() < 0) return FailErrno(to, "create", errno);
  std::vector<char> piece(kPieceBytes);
  while (true) {
    if (cancelled_ != nullptr && *cancelled_) return Fail(Code::kCancelled, "cancelled");
    const ssize_t got = read(source.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno(from, "read", errno);
    if (got == 0) break;
    BRINK_TRY(WriteAll(copy.get(), piece.data(), static_cast<size_t>(got), to));
    delivered_.bytes += got;
  }
  if (fsync(copy.get()) != 0) return FailErrno(to, "flush", errno);
  names_.push_back(name);
  ++delivered_.files;
  return {};
}

Status Delivery::Copy(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return CopyFile(path, fs::path(path).filename());
  in_place_ = fs::equivalent(path, folder_, error);
  if (in_place_) return {};
  BRINK_ASSIGN(const std::vector<std::string> names, FilesBelow(path, folder_));
  if (names.empty()) return Fail(Code::kNotFound, path + ": no file in the folder");
  const std::string below = path + "/";
  for (const std::string& name : names) {
    std::string from = below;
    from += name;
    BRINK_TRY(CopyFile(from, name));
  }
  return {};
}

std::string Delivery::StorePath() const { return folder_ + "/" + kUnderWay + "/store"; }

Status Delivery::Link(const std::string& path, const std::string& name) {
  const std::string to = Waiting(name);
  BRINK_TRY(MakeFolder(fs::path(to).parent_path()));
  if (link(path.c_str(), to.c_str()) != 0) return CopyFile(path, name);
  std::error_code error;
  const uintmax_t size = fs::file_size(to, error);
  if (error) return FailErrno(to, "look at", error.value());
  delivered_.bytes += static_cast<int64_t>(size);
  ++delivered_.files;
  names_.push_back(name);
  return {};
}

Status Delivery::Unpack(const std::string& archive, const std::string& only_below,
                        const FetchOptions& options) {
  const std::string folder = Waiting("");
  BRINK_TRY(MakeFolder(folder));
  const auto files = storage::Unpack(archive, folder,
                                     {.only_below = only_below,
                                      .max_bytes = options.max_bytes,
                                      .max_entries = options.max_files,
                                      .cancelled = options.cancelled});
  if (!files) return Fail(files.error().Within(fs::path(archive).filename().string()));
  BRINK_ASSIGN(names_, FilesBelow(folder, ""));
  delivered_ = {};
  for (const std::string& name : names_) {
    std::error_code error;
    delivered_.bytes += static_cast<int64_t>(fs::file_size(Waiting(name), error));
    ++delivered_.files;
  }
  return {};
}

// One file to its place in a folder that may have been there before.
Status Delivery::PlaceFile(const std::string& name) const {
  const fs::path place = fs::path(folder_) / name;
  BRINK_TRY(MakeFolder(place.parent_path()));
  if (rename(Waiting(name).c_str(), place.c_str()) == 0) return {};
  return FailErrno(place, "put a file there", errno);
}

Result<Delivered> Delivery::Finish() {
  if (names_.empty() && !in_place_) return Fail(Code::kNotFound, "no file in it");
  std::sort(names_.begin(), names_.end());  // what lies in one folder stands together
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  const std::set<std::string> folders = FoldersOf(names_);
  for (const std::string& folder : folders) SyncFolder(Waiting(folder));
  // A folder that is not there yet appears at once, with all that is in it.
  std::string whole;
  for (const std::string& name : names_) {
    const std::string top = name.substr(0, name.find('/'));
    if (top == whole) continue;
    const std::string place = folder_ + "/" + top;
    std::error_code ignored;
    const bool free = !fs::exists(fs::symlink_status(place, ignored));
    if (free && rename(Waiting(top).c_str(), place.c_str()) == 0) {
      whole = top;
    } else {
      BRINK_TRY(PlaceFile(name));
    }
  }
  for (const std::string& folder : folders) SyncFolder(folder_ + "/" + folder);
  std::error_code ignored;
  fs::remove_all(fs::path(folder_) / kUnderWay, ignored);
  SyncFolder(folder_);
  return delivered_;
}

}  // namespace brink::storage
