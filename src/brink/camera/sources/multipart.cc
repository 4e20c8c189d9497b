#include "brink/camera/sources/multipart.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

namespace brink::camera {
namespace {

constexpr std::string_view kSpace = " \t\r";
constexpr size_t kLongestBoundary = 200;  // RFC 2046 allows 70

bool BeginsIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b);
         });
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// The Content-Length of a part, where a header line states one; the largest number for one beyond
// it.
std::optional<uint64_t> LengthIn(std::string_view headers) {
  constexpr std::string_view kName = "content-length:";
  while (!headers.empty()) {
    const std::string_view line = headers.substr(0, headers.find('\n'));
    headers.remove_prefix(std::min(line.size() + 1, headers.size()));
    if (!BeginsIgnoringCase(line, kName)) continue;
    const std::string_view value = Trimmed(line.substr(kName.size()));
    uint64_t length = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, length);
    if (stop != end) continue;
    if (error == std::errc()) return length;
    if (error == std::errc::result_out_of_range) return std::numeric_limits<uint64_t>::max();
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> MultipartBoundary(std::string_view content_type) {
  if (!BeginsIgnoringCase(content_type, "multipart/")) return std::nullopt;
  for (size_t at = content_type.find(';'); at != std::string_view::npos;
       at = content_type.find(';', at + 1)) {
    std::string_view parameter = Trimmed(content_type.substr(at + 1));
    if (!BeginsIgnoringCase(parameter, "boundary=")) continue;
    parameter = Trimmed(parameter.substr(std::string_view("boundary=").size()));
    if (parameter.starts_with('"')) {
      parameter = parameter.substr(1, parameter.find('"', 1) - 1);
    } else {
      parameter = Trimmed(parameter.substr(0, parameter.find(';')));
    }
    if (parameter.empty() || parameter.size() > kLongestBoundary) return std::nullopt;
    return std::string(parameter);
  }
  return std::nullopt;
}

MultipartDecoder::MultipartDecoder(std::string boundary)
    : delimiter_(boundary.starts_with("--") ? std::move(boundary) : "--" + boundary) {}

Status MultipartDecoder::Feed(std::string_view bytes) {
  pending_.erase(0, taken_);
  taken_ = 0;
  pending_ += bytes;
  if (pending_.size() > kLongestPart + kLongestHeaders + bytes.size()) {
    return Fail(Code::kResourceExhausted, "a picture of the stream is longer than " +
                                              std::to_string(kLongestPart) + " bytes");
  }
  return {};
}

void MultipartDecoder::Drop(size_t count) {
  taken_ += count;
  searched_ = 0;
}

Result<bool> MultipartDecoder::SkipToBoundary() {
  const std::string_view text = rest();
  const size_t at = text.find(delimiter_);
  if (at == std::string_view::npos) {
    Drop(text.size() - std::min(text.size(), delimiter_.size() - 1));
    return false;
  }
  const size_t end = text.find('\n', at);
  if (end == std::string_view::npos) {
    // Each piece that comes is searched from the boundary on again.
    if (text.size() - at > kLongestHeaders) {
      return Fail(Code::kResourceExhausted, "the line of a boundary of the stream has no end");
    }
    Drop(at);
    return false;
  }
  Drop(end + 1);
  stage_ = Stage::kHeaders;
  return true;
}

Result<bool> MultipartDecoder::ReadHeaders() {
  const std::string_view text = rest();
  for (size_t line = 0; line < text.size();) {
    const size_t end = text.find('\n', line);
    if (end == std::string_view::npos) break;
    if (Trimmed(text.substr(line, end - line)).empty()) {
      const auto length = LengthIn(text.substr(0, line));
      if (length > kLongestPart) {
        return Fail(Code::kResourceExhausted,
                    "a picture of the stream is " + std::to_string(*length) +
                        " bytes long, the limit is " + std::to_string(kLongestPart));
      }
      length_ = length;
      Drop(end + 1);
      stage_ = Stage::kBody;
      return true;
    }
    line = end + 1;
  }
  if (text.size() > kLongestHeaders) {
    return Fail(Code::kResourceExhausted, "the headers of a picture of the stream have no end");
  }
  return false;
}

std::optional<std::string> MultipartDecoder::TakeBody() {
  const std::string_view text = rest();
  size_t length = length_.value_or(0);
  if (length_) {
    if (text.size() < length) return std::nullopt;
  } else {
    const size_t from = searched_ - std::min(searched_, delimiter_.size() - 1);
    length = text.find(delimiter_, from);
    searched_ = text.size();
    if (length == std::string_view::npos) return std::nullopt;
  }
  std::string body(text.substr(0, length));
  Drop(length);
  stage_ = Stage::kBoundary;
  if (length_) return body;
  // The line break before a delimiter is the delimiter's.
  if (body.ends_with('\n')) body.pop_back();
  if (body.ends_with('\r')) body.pop_back();
  return body;
}

Result<std::optional<std::string>> MultipartDecoder::Next() {
  for (;;) {
    if (stage_ == Stage::kBoundary) {
      BRINK_ASSIGN(const bool found, SkipToBoundary());
      if (!found) return std::nullopt;
    }
    if (stage_ == Stage::kHeaders) {
      BRINK_ASSIGN(const bool complete, ReadHeaders());
      if (!complete) return std::nullopt;
    }
    auto body = TakeBody();
    if (!body || !body->empty()) return body;
  }
}

}  // namespace brink::camera
