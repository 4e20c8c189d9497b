#include "brink/base/utf8.h"

namespace brink::utf8 {
namespace {

bool Continues(std::string_view text, size_t at, int count) {
  if (at + static_cast<size_t>(count) >= text.size()) return false;
  for (int i = 1; i <= count; ++i) {
    if ((static_cast<uint8_t>(text[at + static_cast<size_t>(i)]) & 0xC0) != 0x80) return false;
  }
  return true;
}

}  // namespace

Decoded DecodeAt(std::string_view text, size_t at, bool surrogates) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<uint8_t>(text[at + i]));
  };
  const uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  if (first >= 0xC2 && first < 0xE0 && Continues(text, at, 1)) {
    return {(first & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  }
  if (first >= 0xE0 && first < 0xF0 && Continues(text, at, 2)) {
    const uint32_t code = (first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    if (code < 0x800 || (!surrogates && code >= 0xD800 && code < 0xE000)) return {};
    return {code, 3};
  }
  if (first >= 0xF0 && first < 0xF5 && Continues(text, at, 3)) {
    const uint32_t code =
        (first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
    if (code < 0x10000 || code > 0x10FFFF) return {};
    return {code, 4};
  }
  return {};
}

void Append(std::string& out, uint32_t code) {
  const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

bool IsValid(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const Decoded decoded = DecodeAt(text, at);
    if (decoded.length == 0) return false;
    at += static_cast<size_t>(decoded.length);
  }
  return true;
}

}  // namespace brink::utf8
