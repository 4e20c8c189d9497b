#include <algorithm>
#include <filesystem>
#include <vector>

#include "brink/base/file.h"
#include "brink/camera/sources/sources.h"

namespace brink::camera {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr size_t kLongestPicture = size_t{256} << 20;

bool IsPicture(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

class Folder final : public Source {
 public:
  Folder(std::string path, const SourceOptions& options)
      : path_(std::move(path)), options_(options) {}

  Status Open() override {
    files_.clear();
    next_ = 0;
    std::error_code error;
    if (!fs::is_directory(path_, error)) {
      files_.emplace_back(path_);
      return {};
    }
    for (fs::directory_iterator it(path_, error), end; !error && it != end; it.increment(error)) {
      if (IsPicture(it->path())) files_.push_back(it->path());
    }
    if (error) return Fail(Code::kPermissionDenied, path_ + ": " + error.message());
    if (files_.empty()) return Fail(Code::kNotFound, path_ + ": no JPEG or PNG file in it");
    std::sort(files_.begin(), files_.end());
    return {};
  }

  Result<bool> Read(Frame& frame) override {
    if (next_ == files_.size()) return false;
    if (!options_.every_frame && options_.interrupt->WaitUntil(due_)) {
      return Fail(Code::kCancelled, "interrupted");
    }
    const double fps = options_.fps > 0 ? options_.fps : 1;
    due_ = Clock::now() +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / fps));
    const fs::path& file = files_[next_++];
    const auto started = Clock::now();
    auto bytes = ReadFile(file.string(), kLongestPicture);
    // A file that went away meanwhile: the others are still there.
    if (!bytes) return Fail(Code::kInvalidArgument, bytes.error().message);
    frame.encoded.assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    frame.name = file.filename().string();
    frame.stored_fps = options_.every_frame ? fps : 0;
    frame.time = std::chrono::system_clock::now();
    const std::chrono::duration<double, std::milli> took = Clock::now() - started;
    frame.capture_ms = took.count();
    return true;
  }

  void Close() override {}
  bool is_live() const override { return false; }

 private:
  const std::string path_;
  const SourceOptions options_;
  Clock::time_point due_{};
  std::vector<fs::path> files_;
  size_t next_ = 0;
};

}  // namespace

Made MakeFolder(const std::string& path, const SourceOptions& options) {
  return std::make_unique<Folder>(path, options);
}

}  // namespace brink::camera
