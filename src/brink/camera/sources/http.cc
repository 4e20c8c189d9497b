#include <optional>
#include <utility>

#include "brink/camera/sources/http_stream.h"
#include "brink/camera/sources/multipart.h"
#include "brink/camera/sources/sources.h"

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kLongestPicture = size_t{32} << 20;

// What a URL is shows when it answers: a stream of JPEGs, one picture to ask for again and again,
// or something for ffmpeg.
class Http final : public Source {
 public:
  Http(std::string url, const SourceOptions& options) : url_(std::move(url)), options_(options) {}

  Status Open() override;
  Result<bool> Read(Frame& frame) override;
  void Close() override;
  bool is_live() const override { return true; }

 private:
  Result<bool> ReadPart(Frame& frame);
  Result<bool> ReadStill(Frame& frame);
  void Stamp(Frame& frame, Clock::time_point began) const;

  const std::string url_;
  const SourceOptions options_;
  std::optional<HttpStream> stream_;
  std::optional<MultipartDecoder> parts_;  // of a stream of JPEGs
  std::unique_ptr<Source> film_;           // ffmpeg's
  Clock::time_point due_{};                // of the next still picture
};

Status Http::Open() {
  BRINK_ASSIGN(stream_, HttpStream::Open(url_, *options_.interrupt, Clock::now() + options_.stall));
  const std::string& type = stream_->content_type();
  due_ = Clock::now();
  if (const auto boundary = MultipartBoundary(type)) {
    parts_.emplace(*boundary);
    return {};
  }
  if (type.starts_with("image/jpeg") || type.starts_with("image/png")) return {};
  stream_.reset();
  BRINK_ASSIGN(film_, MakeFfmpeg(url_, options_));
  return film_->Open();
}

void Http::Close() {
  stream_.reset();
  parts_.reset();
  film_.reset();
}

Result<bool> Http::Read(Frame& frame) {
  if (film_) return film_->Read(frame);
  return parts_ ? ReadPart(frame) : ReadStill(frame);
}

void Http::Stamp(Frame& frame, Clock::time_point began) const {
  frame.time = std::chrono::system_clock::now();
  frame.capture_ms = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

Result<bool> Http::ReadPart(Frame& frame) {
  const auto deadline = Clock::now() + options_.stall;
  std::optional<Clock::time_point> began;
  std::string bytes;
  for (;;) {
    BRINK_ASSIGN(auto part, parts_->Next());
    if (part) {
      frame.encoded = std::move(*part);
      Stamp(frame, began.value_or(Clock::now()));
      return true;
    }
    bytes.clear();
    BRINK_ASSIGN(const bool more, stream_->Read(bytes, deadline));
    if (!more) return false;
    if (!began) began = Clock::now();
    BRINK_TRY(parts_->Feed(bytes));
  }
}

Result<bool> Http::ReadStill(Frame& frame) {
  if (options_.interrupt->WaitUntil(due_)) return Fail(Code::kCancelled, "interrupted");
  const auto began = Clock::now();
  const double fps = options_.fps > 0 ? options_.fps : 1;
  due_ =
      began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / fps));
  const auto deadline = began + options_.stall;
  if (!stream_) {
    BRINK_ASSIGN(stream_, HttpStream::Open(url_, *options_.interrupt, deadline));
  }
  frame.encoded.clear();
  for (bool more = true; more;) {
    BRINK_ASSIGN(more, stream_->Read(frame.encoded, deadline));
    if (frame.encoded.size() > kLongestPicture) {
      return Fail(Code::kResourceExhausted,
                  "the picture is longer than " + std::to_string(kLongestPicture) + " bytes");
    }
  }
  stream_.reset();
  Stamp(frame, began);
  return true;
}

}  // namespace

Made MakeHttp(const std::string& text, const SourceOptions& options) {
  return std::make_unique<Http>(text, options);
}

}  // namespace brink::camera
