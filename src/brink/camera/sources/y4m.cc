#include "brink/camera/sources/y4m.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace brink::camera {
namespace {

constexpr size_t kLongestLine = 256;
constexpr std::string_view kMagic = "YUV4MPEG2";
constexpr std::string_view kFrame = "FRAME\n";

// A number above 0, or 0 for what is none.
int Number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 ? number : 0;
}

// "30000:1001", or 0 for what is none.
double Ratio(std::string_view text) {
  const size_t colon = std::min(text.find(':'), text.size());
  const int below = Number(text.substr(std::min(colon + 1, text.size())));
  return below > 0 ? static_cast<double>(Number(text.substr(0, colon))) / below : 0;
}

}  // namespace

std::span<uint8_t> Y4mDecoder::Room(vision::Pixels& frame) {
  if (stage_ == Stage::kPlanes) return std::span(frame.bytes).subspan(filled_);
  // No byte beyond the line's end is asked for: it would be the planes'.
  const size_t least = stage_ == Stage::kFrameLine && line_.empty() ? kFrame.size() : 1;
  return std::span(buffer_).first(least);
}

Result<bool> Y4mDecoder::Took(size_t count, vision::Pixels& frame) {
  if (stage_ == Stage::kPlanes) {
    filled_ += count;
    if (filled_ < frame.bytes.size()) return false;
    stage_ = Stage::kFrameLine;
    return true;
  }
  line_.append(reinterpret_cast<const char*>(buffer_), count);
  if (stage_ == Stage::kFrameLine && !kFrame.starts_with(line_.substr(0, kFrame.size() - 1))) {
    return Fail(Code::kInvalidArgument, "expected FRAME between two pictures of the stream");
  }
  if (line_.size() > kLongestLine) {
    return Fail(Code::kInvalidArgument, "expected a YUV4MPEG2 stream, got a line without end");
  }
  if (!line_.ends_with('\n')) return false;
  return TookLine(frame);
}

Result<bool> Y4mDecoder::TookLine(vision::Pixels& frame) {
  line_.pop_back();
  if (stage_ == Stage::kHeader) {
    BRINK_TRY(ReadHeader());
    stage_ = Stage::kFrameLine;
  } else {
    frame.format = parameters_.format;
    frame.width = parameters_.width;
    frame.height = parameters_.height;
    frame.meaning = parameters_.meaning;
    frame.stride = 0;
    frame.bytes.resize(vision::BytesOf(frame.format, frame.width, frame.height));
    filled_ = 0;
    stage_ = Stage::kPlanes;
  }
  line_.clear();
  return false;
}

Status Y4mDecoder::ReadHeader() {
  std::string_view rest = line_;
  if (!rest.starts_with(kMagic)) {
    return Fail(Code::kInvalidArgument, "expected a stream that begins with YUV4MPEG2");
  }
  std::string_view chroma = "420";
  parameters_ = {.format = vision::PixelFormat::kI420};
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    if (word.starts_with('W')) parameters_.width = Number(word.substr(1));
    if (word.starts_with('H')) parameters_.height = Number(word.substr(1));
    if (word.starts_with('F')) fps_ = Ratio(word.substr(1));
    if (word.starts_with('C')) chroma = word.substr(1);
    if (word == "XCOLORRANGE=FULL") parameters_.meaning.full_range = true;
  }
  // "420", and where its chroma samples lie: "420jpeg", "420mpeg2", "420paldv".
  const bool eight_bits = chroma.starts_with("420") && chroma.find('p', 3) != 3;
  if (!eight_bits && chroma != "420paldv") {
    return Fail(Code::kUnimplemented,
                "expected pictures of 4:2:0 and 8 bits, got C" + std::string(chroma));
  }
  return vision::CheckSize(parameters_.width, parameters_.height);
}

}  // namespace brink::camera
