#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "brink/camera/sources/sources.h"

namespace brink::camera {
namespace {

namespace fs = std::filesystem;

struct Kind {
  std::string_view help;
  bool (*takes)(const std::string& text);
  Made (*make)(const std::string& text, const SourceOptions& options);
};

bool Exists(const std::string& text) {
  std::error_code ignored;
  return fs::exists(text, ignored);
}

bool EndsWithAny(std::string text, std::initializer_list<std::string_view> endings) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return text.ends_with(ending); });
}

bool IsTestPattern(const std::string& text) { return text.starts_with("test:"); }

bool IsFolder(const std::string& text) {
  std::error_code ignored;
  return fs::is_directory(text, ignored) ||
         (Exists(text) && EndsWithAny(text, {".jpg", ".jpeg", ".png"}));
}

bool IsDevice(const std::string& text) {
  std::error_code ignored;
  return text.starts_with("/dev/") || fs::is_character_file(text, ignored);
}

bool BeginsWithAny(const std::string& text, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

bool IsHttp(const std::string& text) {
  const std::string path = text.substr(0, text.find_first_of("?#"));
  return BeginsWithAny(text, {"http://", "https://"}) &&
         !EndsWithAny(path, {".m3u8", ".mp4", ".ts", ".mkv", ".webm", ".flv", ".mpd"});
}

bool IsForFfmpeg(const std::string& text) {
  return Exists(text) ||
         BeginsWithAny(text, {"ffmpeg:", "rtsp://", "rtsps://", "rtmp://", "rtmps://", "srt://",
                              "udp://", "rtp://", "http://", "https://"});
}

// The first that takes a text has it.
constexpr std::array kKinds = {
    Kind{"test:, test:640x480@10      a drawn scene that moves", IsTestPattern, MakeTestPattern},
    Kind{"DIR, PICTURE                JPEG and PNG files, by name", IsFolder, MakeFolder},
    Kind{"/dev/video0                 a V4L2 camera", IsDevice, MakeV4l2},
    Kind{"http://host/stream          a stream of JPEGs, or a picture asked for again and again",
         IsHttp, MakeHttp},
    Kind{"FILM, rtsp://, ...          what ffmpeg reads: films, RTSP, HLS, RTMP, SRT", IsForFfmpeg,
         MakeFfmpeg},
};

}  // namespace

Result<std::unique_ptr<Source>> MakeSource(const std::string& text, const SourceOptions& options) {
  for (const Kind& kind : kKinds) {
    if (kind.takes(text)) return kind.make(text, options);
  }
  return Fail(Code::kInvalidArgument,
              "source '" + ShownSource(text) +
                  "': no such file, folder or device; other sources are:\n" + SourceHelp());
}

std::string SourceHelp() {
  std::string help;
  for (const Kind& kind : kKinds) help += "  " + std::string(kind.help) + "\n";
  return help;
}

std::string ShownSource(const std::string& text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const size_t host = scheme + 3;
  const size_t end = std::min(text.find_first_of("/?#", host), text.size());
  const size_t at = text.rfind('@', end);
  if (at == std::string::npos || at < host) return text;
  return text.substr(0, host) + text.substr(at + 1);
}

}  // namespace brink::camera
