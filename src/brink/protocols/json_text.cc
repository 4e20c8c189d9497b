#include "brink/protocols/json_text.h"

#include <string_view>

#include "brink/base/utf8.h"

namespace brink::protocols {
namespace {

struct Encoding {
  size_t unit = 1;  // bytes
  bool big_endian = false;
  size_t mark = 0;  // bytes of the byte order mark
};

Encoding Detect(std::string_view body) {
  using namespace std::string_view_literals;
  const auto starts = [&](std::string_view mark) { return body.substr(0, mark.size()) == mark; };
  if (starts("\xFF\xFE\0\0"sv)) return {4, false, 4};
  if (starts("\0\0\xFE\xFF"sv)) return {4, true, 4};
  if (starts("\xFF\xFE"sv)) return {2, false, 2};
  if (starts("\xFE\xFF"sv)) return {2, true, 2};
  if (starts("\xEF\xBB\xBF"sv)) return {1, false, 3};
  // The first character of JSON is ASCII, so zeros around it tell the unit and the byte order.
  const auto zero = [&](size_t i) { return i < body.size() && body[i] == '\0'; };
  if (zero(0)) return zero(1) ? Encoding{4, true, 0} : Encoding{2, true, 0};
  if (zero(1)) return zero(2) && zero(3) ? Encoding{4, false, 0} : Encoding{2, false, 0};
  return {};
}

}  // namespace

Result<std::string> JsonTextToUtf8(std::string body) {
  const Encoding encoding = Detect(body);
  if (encoding.unit == 1) {
    if (encoding.mark > 0) body.erase(0, encoding.mark);
    return body;
  }
  if (body.size() % encoding.unit != 0) {
    return Fail(Code::kInvalidArgument, "UTF-16 or UTF-32 text ends within a character");
  }
  const auto unit_at = [&](size_t at) {
    uint32_t unit = 0;
    for (size_t i = 0; i < encoding.unit; ++i) {
      const auto byte = static_cast<uint32_t>(static_cast<uint8_t>(body[at + i]));
      unit |= byte << 8 * (encoding.big_endian ? encoding.unit - 1 - i : i);
    }
    return unit;
  };
  std::string out;
  out.reserve(body.size() / encoding.unit + 16);
  for (size_t at = encoding.mark; at < body.size(); at += encoding.unit) {
    uint32_t code = unit_at(at);
    const bool high = encoding.unit == 2 && code >= 0xD800 && code < 0xDC00;
    if (high && at + 4 <= body.size()) {
      const uint32_t low = unit_at(at + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at += 2;
      }
    }
    if (code > 0x10FFFF) return Fail(Code::kInvalidArgument, "no Unicode character in UTF-32 text");
    utf8::Append(out, code);
  }
  return out;
}

}  // namespace brink::protocols
