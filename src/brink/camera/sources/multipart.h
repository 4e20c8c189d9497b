// multipart/x-mixed-replace, in which cameras send a JPEG after another (RFC 2046 5.1 for the
// framing): "--BOUNDARY", headers, an empty line, the picture, and so on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "brink/base/result.h"

namespace brink::camera {

// The boundary of a Content-Type, without quotes; nothing where it is another type.
std::optional<std::string> MultipartBoundary(std::string_view content_type);

// Takes a body as it comes. Forgives what cameras do: boundaries that already begin with "--", bare
// line feeds, parts with and without Content-Length, anything before the first boundary.
class MultipartDecoder {
 public:
  explicit MultipartDecoder(std::string boundary);

  // kResourceExhausted for a part beyond kLongestPart or headers beyond kLongestHeaders.
  Status Feed(std::string_view bytes);
  // The next whole part's body, if it has come.
  Result<std::optional<std::string>> Next();

  static constexpr size_t kLongestPart = size_t{32} << 20;
  static constexpr size_t kLongestHeaders = size_t{16} << 10;

 private:
  enum class Stage { kBoundary, kHeaders, kBody };
  Result<bool> SkipToBoundary();
  Result<bool> ReadHeaders();
  std::optional<std::string> TakeBody();
  void Drop(size_t count);
  std::string_view rest() const { return std::string_view(pending_).substr(taken_); }

  const std::string delimiter_;  // "--BOUNDARY"
  Stage stage_ = Stage::kBoundary;
  std::string pending_;
  size_t taken_ = 0;     // of pending_
  size_t searched_ = 0;  // of rest(), without a delimiter
  std::optional<size_t> length_;
};

}  // namespace brink::camera
