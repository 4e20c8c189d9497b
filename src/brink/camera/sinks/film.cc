#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <deque>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "brink/base/log.h"
#include "brink/camera/sinks/avi_file.h"
#include "brink/camera/sinks/sinks.h"

namespace brink::camera {
namespace {

namespace fs = std::filesystem;
using Time = std::chrono::system_clock::time_point;

// A file is at most a quarter of all, so that most stays when the oldest goes.
constexpr uint64_t kFilesAtLeast = 4;
constexpr uint64_t kMostFileBytes = kLongestAvi / 2;
constexpr uint64_t kHeadBytes = 256;  // of a file, and some more
constexpr uint64_t kMostParts = 1'000'000'000;
// What a camera did not show for longer than this is cut from the film.
constexpr std::chrono::duration<double> kLongestPause{2};

// "seen.avi", "seen.2.avi", "seen.3.avi"...
struct FilmName {
  explicit FilmName(fs::path path) : first(std::move(path)) {}

  std::string Of(uint64_t number) const {
    if (number == 1) return first.string();
    return (first.parent_path() / first.stem()).string() + "." + std::to_string(number) + ".avi";
  }
  // Of a file beside the first one; nothing where it is no part of this film.
  std::optional<uint64_t> NumberOf(const fs::path& path) const {
    if (path.filename() == first.filename()) return 1;
    const std::string name = path.filename().string();
    const std::string begin = first.stem().string() + ".";
    if (!name.starts_with(begin)) return std::nullopt;
    uint64_t number = 0;
    std::from_chars(name.data() + begin.size(), name.data() + name.size(), number);
    const bool is_part =
        number > 1 && number < kMostParts && fs::path(Of(number)).filename() == name;
    return is_part ? std::optional(number) : std::nullopt;
  }

  fs::path first;
};

struct FilmPart {
  uint64_t number = 0;
  uint64_t bytes = 0;
};

class Film final : public Sink {
 public:
  Film(FilmName name, std::deque<FilmPart> parts, uint64_t limit_bytes)
      : name_(std::move(name)), parts_(std::move(parts)), limit_bytes_(limit_bytes) {}
  ~Film() override {
    if (const Status finished = Finish(); !finished) {
      log::Warn("film unfinished", {{"error", finished.error().message}});
    }
  }
  Film(const Film&) = delete;
  Film& operator=(const Film&) = delete;

  Status Take(const Report& report) override {
    BRINK_ASSIGN(const std::string* jpeg, report.AnnotatedJpeg());
    if (AviFile::BytesOf(*jpeg) + kHeadBytes > limit_bytes_) {
      return Fail(Code::kResourceExhausted,
                  name_.Of(1) + ": a picture has " + std::to_string(jpeg->size()) +
                      " bytes, the limit for all is " + std::to_string(limit_bytes_));
    }
    if (file_ &&
        (file_->width() != report.pixels.width || file_->height() != report.pixels.height ||
         file_->bytes() + AviFile::BytesOf(*jpeg) > MostFileBytes())) {
      BRINK_TRY(Finish());
    }
    if (!file_) BRINK_TRY(Begin(report));
    const double fps = FpsWith(report.frame());
    BRINK_TRY(file_->Add(*jpeg, fps));
    MakeRoom();
    return {};
  }
  std::string name() const override { return "output"; }

 private:
  uint64_t MostFileBytes() const { return std::min(limit_bytes_ / kFilesAtLeast, kMostFileBytes); }

  Status Begin(const Report& report) {
    if (!parts_.empty()) number_ = std::max(number_, parts_.back().number);
    auto file = AviFile::Create(name_.Of(++number_), report.pixels.width, report.pixels.height);
    while (!file && file.error().code == Code::kAlreadyExists) {
      file = AviFile::Create(name_.Of(++number_), report.pixels.width, report.pixels.height);
    }
    if (!file) {
      --number_;
      return Fail(file.error());
    }
    file_ = std::move(*file);
    shown_ = {};
    last_ = report.frame().time;
    log::Info("film begun", {{"camera", report.camera()}, {"file", file_->path()}});
    return {};
  }

  // The pace of the file with this frame: as it was stored, or by the times that frames came.
  double FpsWith(const Frame& frame) {
    const std::chrono::duration<double> since = frame.time - last_;
    last_ = frame.time;
    shown_ += std::clamp(since, std::chrono::duration<double>(0), kLongestPause);
    if (frame.stored_fps > 0) return std::clamp(frame.stored_fps, .1, 1000.);
    const double between = static_cast<double>(file_->frames());
    return shown_.count() > 0 ? std::clamp(between / shown_.count(), .1, 1000.) : 5;
  }

  Status Finish() {
    if (!file_) return {};
    const auto file = std::exchange(file_, nullptr);
    const uint64_t bytes = file->bytes();
    Status finished = file->Finish();
    if (file->frames() > 0) {
      parts_.push_back({number_, bytes});
    } else {
      std::error_code ignored;
      fs::remove(file->path(), ignored);
    }
    return finished;
  }

  void MakeRoom() {
    uint64_t bytes = file_->bytes();
    for (const FilmPart& part : parts_) bytes += part.bytes;
    while (bytes > limit_bytes_ && !parts_.empty()) {
      const std::string oldest = name_.Of(parts_.front().number);
      std::error_code ignored;  // gone already is as good
      fs::remove(oldest, ignored);
      log::Info("film removed", {{"file", oldest}, {"limit_bytes", limit_bytes_}});
      bytes -= parts_.front().bytes;
      parts_.pop_front();
    }
  }

  const FilmName name_;
  std::deque<FilmPart> parts_;  // finished, oldest first
  const uint64_t limit_bytes_;
  uint64_t number_ = 0;  // of file_, or of the last one
  std::unique_ptr<AviFile> file_;
  Time last_{};
  std::chrono::duration<double> shown_{};  // how long the file is
};

}  // namespace

Result<std::unique_ptr<Sink>> MakeFilm(const std::string& path, uint64_t limit_bytes) {
  FilmName name{fs::path(path)};
  const fs::path folder = name.first.has_parent_path() ? name.first.parent_path() : fs::path(".");
  std::vector<FilmPart> parts;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const auto number = name.NumberOf(it->path());
    std::error_code gone;
    if (!number || !it->is_regular_file(gone)) continue;
    const uint64_t bytes = it->file_size(gone);
    if (!gone) parts.push_back({*number, bytes});
  }
  if (error) return Fail(Code::kNotFound, folder.string() + ": " + error.message());
  if (access(folder.c_str(), W_OK) != 0) {
    return Fail(Code::kPermissionDenied,
                folder.string() + ": " + std::system_category().message(errno));
  }
  std::sort(parts.begin(), parts.end(),
            [](const FilmPart& a, const FilmPart& b) { return a.number < b.number; });
  return std::make_unique<Film>(std::move(name), std::deque(parts.begin(), parts.end()),
                                limit_bytes);
}

}  // namespace brink::camera
