#include <algorithm>
#include <deque>
#include <optional>

#include "brink/camera/ring_folder.h"
#include "brink/camera/sinks/avi.h"
#include "brink/camera/sinks/sinks.h"
#include "brink/vision/resample.h"

namespace brink::camera {
namespace {

using Time = std::chrono::system_clock::time_point;

constexpr uint64_t kMostBytes = uint64_t{64} << 20;  // that wait in memory
constexpr int kJpegQuality = 75;

struct Kept {
  Time time;
  std::string jpeg;
};

Result<vision::Image> Shrunk(const vision::PixelsView& picture, int most_width) {
  if (picture.width <= most_width) return vision::ToImage(picture);
  const int height =
      std::max(static_cast<int>(int64_t{picture.height} * most_width / picture.width), 1);
  BRINK_ASSIGN(vision::Image image, vision::MakeImage(most_width, height));
  vision::Resampler resampler(picture, most_width, height, /*swap_red_blue=*/false);
  auto to = image.rgb.begin();
  for (int y = 0; y < height; ++y) {
    for (const float level : resampler.Row(y)) *to++ = static_cast<uint8_t>(level + .5f);
  }
  return image;
}

class Clips final : public Sink {
 public:
  Clips(RingFolder folder, const ClipOptions& options)
      : folder_(std::move(folder)), options_(options) {}
  ~Clips() override { static_cast<void>(Finish()); }
  Clips(const Clips&) = delete;
  Clips& operator=(const Clips&) = delete;

  Status Take(const Report& report) override {
    const Time now = report.frame().time;
    BRINK_TRY(Keep(report, now));
    Status status = Snapshots(report);
    if (!recording_) return status;
    if (!report.objects.empty()) until_ = now + options_.post_roll;
    const bool full = now - began_ >= options_.longest || bytes_ > kMostBytes;
    if (now >= until_ || full) {
      if (const Status written = Finish(); !written) status = written;
    }
    return status;
  }
  std::string name() const override { return "clips"; }

 private:
  Status Keep(const Report& report, Time now) {
    const auto pause = std::chrono::duration<double>(1 / options_.fps);
    const bool first = kept_.empty();
    if (!first && now - kept_.back().time < pause && now >= kept_.back().time) return {};
    const bool another_size = report.pixels.width != width_ || report.pixels.height != height_;
    if (another_size) {  // a clip has one size
      BRINK_TRY(Finish());
      kept_.clear();
      bytes_ = 0;
    }
    width_ = report.pixels.width;
    height_ = report.pixels.height;
    BRINK_ASSIGN(const vision::Image image, Shrunk(report.pixels, options_.width));
    shown_width_ = image.width;
    shown_height_ = image.height;
    BRINK_ASSIGN(std::string jpeg, vision::EncodeJpeg(image, kJpegQuality));
    bytes_ += jpeg.size();
    kept_.push_back({now, std::move(jpeg)});
    if (!recording_) Forget(now);
    return {};
  }

  void Forget(Time now) {
    while (kept_.size() > 1 &&
           (now - kept_.front().time > options_.pre_roll || bytes_ > kMostBytes)) {
      bytes_ -= kept_.front().jpeg.size();
      kept_.pop_front();
    }
  }

  Status Snapshots(const Report& report) {
    for (const Event& event : report.events) {
      if (event.type != Event::Type::kStart) continue;
      if (!recording_) {
        recording_ = FileName(event.id) + ".avi";
        began_ = report.frame().time;
        until_ = began_ + options_.post_roll;
      }
      BRINK_ASSIGN(const std::string* jpeg, report.AnnotatedJpeg());
      BRINK_TRY(folder_.Write(FileName(event.id) + ".jpg", std::as_bytes(std::span(*jpeg))));
    }
    return {};
  }

  // Writes the clip, where one is in the making; its pictures are the next one's pre-roll.
  Status Finish() {
    if (!recording_ || kept_.empty()) return {};
    const std::string name = *std::exchange(recording_, std::nullopt);
    std::vector<std::string> jpegs;
    for (const Kept& one : kept_) jpegs.push_back(one.jpeg);
    const std::chrono::duration<double> took = kept_.back().time - kept_.front().time;
    const double between = static_cast<double>(kept_.size() - 1);
    const double fps = took.count() > 0 ? between / took.count() : options_.fps;
    BRINK_ASSIGN(const std::string avi, MakeAvi(jpegs, {.width = shown_width_,
                                                        .height = shown_height_,
                                                        .fps = std::clamp(fps, .1, 1000.)}));
    Forget(kept_.back().time);
    return folder_.Write(name, std::as_bytes(std::span(avi)));
  }

  RingFolder folder_;
  const ClipOptions options_;
  std::deque<Kept> kept_;  // oldest first
  uint64_t bytes_ = 0;     // of them
  int width_ = 0;          // of the camera's pictures
  int height_ = 0;
  int shown_width_ = 0;  // of the kept ones
  int shown_height_ = 0;
  std::optional<std::string> recording_;  // the clip's name
  Time began_{};
  Time until_{};
};

}  // namespace

std::string FileName(const std::string& id) {
  std::string name = id;
  for (char& c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_';
    if (!plain) c = '_';
  }
  return name;
}

Result<std::unique_ptr<Sink>> MakeClips(const ClipOptions& options) {
  BRINK_ASSIGN(RingFolder folder, RingFolder::Open(options.folder, options.limit_bytes));
  return std::make_unique<Clips>(std::move(folder), options);
}

}  // namespace brink::camera
