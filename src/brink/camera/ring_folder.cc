#include "brink/camera/ring_folder.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "brink/base/file.h"

namespace brink::camera {
namespace {

namespace fs = std::filesystem;

struct Kept {
  fs::file_time_type written;
  std::string name;
  uint64_t bytes = 0;
};

// Only what such a folder is written with: a user's other files are never removed.
bool IsOurs(const fs::path& path) {
  const std::string ending = path.extension().string();
  return ending == ".jpg" || ending == ".json" || ending == ".avi";
}

}  // namespace

Result<RingFolder> RingFolder::Open(const std::string& path, uint64_t limit_bytes) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return Fail(Code::kPermissionDenied, path + ": " + error.message());
  std::vector<Kept> kept;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    if (!it->is_regular_file(gone) || !IsOurs(it->path())) continue;
    Kept one{it->last_write_time(gone), it->path().filename().string(), it->file_size(gone)};
    if (!gone) kept.push_back(std::move(one));
  }
  if (error) return Fail(Code::kPermissionDenied, path + ": " + error.message());
  std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) {
    return a.written != b.written ? a.written < b.written : a.name < b.name;
  });
  RingFolder folder(path, limit_bytes);
  for (Kept& one : kept) {
    folder.bytes_ += one.bytes;
    folder.files_.push_back({std::move(one.name), one.bytes});
  }
  return folder;
}

void RingFolder::Forget(const std::string& name) {
  const auto same = std::find_if(files_.begin(), files_.end(),
                                 [&](const File& file) { return file.name == name; });
  if (same == files_.end()) return;
  bytes_ -= same->bytes;
  files_.erase(same);
}

Status RingFolder::Write(const std::string& name, std::span<const std::byte> bytes) {
  if (bytes.size() > limit_bytes_) {
    return Fail(Code::kResourceExhausted, path_ + "/" + name + ": " + std::to_string(bytes.size()) +
                                              " bytes, the folder's limit is " +
                                              std::to_string(limit_bytes_));
  }
  BRINK_TRY(WriteFile((fs::path(path_) / name).string(), bytes));
  Forget(name);
  files_.push_back({name, bytes.size()});
  bytes_ += bytes.size();
  while (bytes_ > limit_bytes_) {
    std::error_code ignored;  // gone already is as good
    fs::remove(fs::path(path_) / files_.front().name, ignored);
    bytes_ -= files_.front().bytes;
    files_.pop_front();
  }
  return {};
}

}  // namespace brink::camera
