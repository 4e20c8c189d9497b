#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>

#include "brink/base/log.h"
#include "brink/camera/sources/child_process.h"
#include "brink/camera/sources/sources.h"
#include "brink/camera/sources/y4m.h"

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kLongestLine = 1024;

// What ffmpeg says on its way, line by line: "[tcp @ 0x55] [error] Connection refused".
class Remarks {
 public:
  void Add(std::string_view text) {
    for (const char c : text) {
      if (c == '\n' || c == '\r') {
        TakeLine();
      } else if (line_.size() < kLongestLine) {
        line_ += c;
      }
    }
  }
  // Why it failed, as far as it said so.
  const std::string& last_error() const { return last_error_; }
  bool is_bt709() const { return bt709_; }

 private:
  void TakeLine() {
    for (const std::string_view mark : {"[error] ", "[fatal] "}) {
      const size_t at = line_.find(mark);
      if (at != std::string::npos) last_error_ = line_.substr(at + mark.size());
    }
    if (line_.find("Output #0") != std::string::npos) output_ = true;
    if (!output_ && line_.find("Video:") != std::string::npos) {
      bt709_ = line_.find("bt709") != std::string::npos;
    }
    if (!line_.empty()) log::Debug("ffmpeg", {{"says", line_}});
    line_.clear();
  }

  std::string line_;
  std::string last_error_;
  bool output_ = false;  // it speaks of what it writes
  bool bt709_ = false;
};

std::string SchemeOf(const std::string& url) {
  const size_t end = url.find("://");
  return end == std::string::npos ? "file" : url.substr(0, end);
}

// What a stream may open beside itself: a playlist from the network names no files of ours.
std::string AllowedProtocols(const std::string& scheme) {
  if (scheme == "file") return "file,crypto,data";
  if (scheme == "http" || scheme == "https") return "http,https,tcp,tls,crypto,httpproxy";
  if (scheme == "rtsp" || scheme == "rtsps")
    return scheme + ",tcp,tls,udp,rtp,http,https,httpproxy";
  return scheme + ",tcp,tls,udp,rtp";
}

class Ffmpeg final : public Source {
 public:
  Ffmpeg(std::string url, const SourceOptions& options)
      : url_(std::move(url)), scheme_(SchemeOf(url_)), options_(options) {}

  Status Open() override;
  Result<bool> Read(Frame& frame) override;
  void Close() override { child_.reset(); }
  bool is_live() const override { return scheme_ != "file" || !options_.every_frame; }

 private:
  std::vector<std::string> Arguments() const;
  void AddInputOptions(std::vector<std::string>& arguments) const;
  void ListenToErrors();
  Result<bool> Ended();
  Result<bool> Stalled(Readiness readiness) const;

  const std::string url_;
  const std::string scheme_;
  const SourceOptions options_;
  std::optional<ChildProcess> child_;
  Y4mDecoder decoder_;
  Remarks remarks_;
  uint64_t frames_ = 0;  // since it was opened
};

void Ffmpeg::AddInputOptions(std::vector<std::string>& arguments) const {
  const auto add = [&](std::initializer_list<const char*> words) {
    arguments.insert(arguments.end(), words.begin(), words.end());
  };
  if (!options_.hwaccel.empty()) add({"-hwaccel", options_.hwaccel.c_str()});
  if (scheme_ == "rtsp" || scheme_ == "rtsps") add({"-rtsp_transport", "tcp"});
  if (scheme_ != "file") add({"-fflags", "nobuffer", "-flags", "low_delay"});
  if (scheme_ == "file" && !options_.every_frame) add({"-re", "-stream_loop", "-1"});
  add({"-protocol_whitelist", AllowedProtocols(scheme_).c_str()});
}

std::vector<std::string> Ffmpeg::Arguments() const {
  std::vector<std::string> arguments{"ffmpeg",   "-nostdin",  "-hide_banner",
                                     "-nostats", "-loglevel", "level+info"};
  AddInputOptions(arguments);
  // A path that looks like an option or a protocol is still a path.
  const std::string input = scheme_ == "file" ? "file:" + url_ : url_;
  const auto add = [&](std::initializer_list<std::string> words) {
    arguments.insert(arguments.end(), words.begin(), words.end());
  };
  add({"-i", input, "-map", "0:v:0", "-an", "-sn", "-dn", "-fps_mode", "passthrough"});
  std::string filter;
  if (options_.fps > 0) filter = "fps=" + std::to_string(options_.fps);
  if (options_.width > 0 && options_.height > 0) {
    filter += (filter.empty() ? "scale=" : ",scale=") + std::to_string(options_.width) + ":" +
              std::to_string(options_.height);
  }
  if (!filter.empty()) add({"-vf", filter});
  add({"-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "pipe:1"});
  return arguments;
}

Status Ffmpeg::Open() {
  decoder_ = {};
  remarks_ = {};
  frames_ = 0;
  auto child = ChildProcess::Start(Arguments());
  if (!child && child.error().code == Code::kNotFound) {
    return Fail(Code::kNotFound,
                "ffmpeg is needed for this source and is not there (Debian's "
                "package ffmpeg has it)");
  }
  if (!child) return Fail(child.error());
  child_.emplace(std::move(*child));
  return {};
}

void Ffmpeg::ListenToErrors() {
  std::array<char, 4096> text{};
  for (;;) {
    const ssize_t count = read(child_->errors(), text.data(), text.size());
    if (count <= 0) return;
    remarks_.Add({text.data(), static_cast<size_t>(count)});
  }
}

Result<bool> Ffmpeg::Ended() {
  ListenToErrors();
  const bool whole = decoder_.at_boundary();
  const std::string ending = child_->Finish();
  child_.reset();
  if (ending.empty() && whole && frames_ > 0) return false;
  std::string why = remarks_.last_error();
  if (why.empty()) why = frames_ > 0 ? "the stream broke off" : "it gave no picture";
  return Fail(Code::kUnavailable, "ffmpeg: " + why + (ending.empty() ? "" : " (" + ending + ")"));
}

Result<bool> Ffmpeg::Stalled(Readiness readiness) const {
  if (readiness == Readiness::kInterrupted) return Fail(Code::kCancelled, "interrupted");
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options_.stall).count();
  return Fail(Code::kDeadlineExceeded, "no picture for " + std::to_string(seconds) + " s");
}

Result<bool> Ffmpeg::Read(Frame& frame) {
  const auto deadline = Clock::now() + options_.stall;
  std::optional<Clock::time_point> began;
  frame.encoded.clear();
  for (;;) {
    const auto room = decoder_.Room(frame.pixels);
    const ssize_t count = read(child_->output(), room.data(), room.size());
    if (count == 0) return Ended();
    if (count < 0) {
      if (errno != EAGAIN && errno != EINTR) return Ended();
      const Readiness readiness =
          WaitReadable(child_->output(), child_->errors(), *options_.interrupt, deadline);
      if (readiness != Readiness::kReadable) return Stalled(readiness);
      ListenToErrors();
      continue;
    }
    if (!began) began = Clock::now();
    const auto complete = decoder_.Took(static_cast<size_t>(count), frame.pixels);
    if (!complete) return Fail(Code::kDataLoss, "from ffmpeg: " + complete.error().message);
    if (*complete) break;
  }
  if (frames_++ == 0) ListenToErrors();
  frame.pixels.meaning.bt709 = remarks_.is_bt709();
  frame.time = std::chrono::system_clock::now();
  frame.stored_fps = is_live() ? 0 : decoder_.fps();
  frame.capture_ms = std::chrono::duration<double, std::milli>(Clock::now() - *began).count();
  return true;
}

}  // namespace

Made MakeFfmpeg(const std::string& text, const SourceOptions& options) {
  constexpr std::string_view kPrefix = "ffmpeg:";
  return std::make_unique<Ffmpeg>(text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : text,
                                  options);
}

}  // namespace brink::camera
