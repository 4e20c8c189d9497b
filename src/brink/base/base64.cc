#include "brink/base/base64.h"

#include <array>
#include <cstdint>

namespace brink::base64 {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr uint32_t kInvalid = 0x80;
constexpr uint32_t kSpace = 0x81;
constexpr uint32_t kPad = 0x82;

constexpr std::array<uint8_t, 256> kValue = [] {
  std::array<uint8_t, 256> value{};
  value.fill(kInvalid);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    value[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  for (const char c : {' ', '\t', '\r', '\n'}) value[static_cast<uint8_t>(c)] = kSpace;
  value['='] = kPad;
  return value;
}();

uint32_t ValueOf(char c) { return kValue[static_cast<uint8_t>(c)]; }

tl::unexpected<Error> Bad(std::string_view what, size_t offset) {
  return Fail(Code::kInvalidArgument,
              "base64: " + std::string(what) + " at offset " + std::to_string(offset));
}

// Whole groups of four letters, as many as come first; returns how many characters they took.
size_t DecodeGroups(std::string_view text, std::string& out) {
  size_t at = 0;
  size_t written = 0;
  for (; at + 4 <= text.size(); at += 4, written += 3) {
    const uint32_t a = ValueOf(text[at]), b = ValueOf(text[at + 1]);
    const uint32_t c = ValueOf(text[at + 2]), d = ValueOf(text[at + 3]);
    if (((a | b | c | d) & 0x80) != 0) break;
    const uint32_t group = a << 18 | b << 12 | c << 6 | d;
    out[written] = static_cast<char>(group >> 16);
    out[written + 1] = static_cast<char>(group >> 8);
    out[written + 2] = static_cast<char>(group);
  }
  out.resize(written);
  return at;
}

// The padding from `at` on, white space between it allowed, nothing after it.
Status CheckPadding(std::string_view text, size_t at, int letters) {
  int pads = 0;
  for (; at < text.size(); ++at) {
    const uint32_t value = ValueOf(text[at]);
    if (value == kSpace) continue;
    if (value != kPad) return Bad("character after the padding", at);
    if (++pads + letters > 4) return Bad("too much padding", at);
  }
  const int wanted = letters == 0 ? 0 : 4 - letters;
  if (letters == 1 || pads != wanted) return Bad("incorrect padding", text.size());
  return {};
}

}  // namespace

void Append(std::string& out, std::string_view bytes) {
  const size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4);
  char* to = out.data() + start;
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])); };
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) *to++ = kAlphabet[group >> shift & 63];
  }
  const size_t left = bytes.size() - i;
  if (left == 0) return;
  const uint32_t group = byte(i) << 16 | (left == 2 ? byte(i + 1) << 8 : 0);
  *to++ = kAlphabet[group >> 18];
  *to++ = kAlphabet[group >> 12 & 63];
  *to++ = left == 2 ? kAlphabet[group >> 6 & 63] : '=';
  *to++ = '=';
}

std::string Encode(std::string_view bytes) {
  std::string out;
  Append(out, bytes);
  return out;
}

Result<std::string> Decode(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  size_t at = DecodeGroups(text, out);
  // What is left has white space, padding or something wrong in it.
  uint32_t group = 0;
  int letters = 0;
  for (; at < text.size(); ++at) {
    const uint32_t value = ValueOf(text[at]);
    if (value == kSpace) continue;
    if (value == kPad) break;
    if (value == kInvalid) return Bad("character outside the alphabet", at);
    group = group << 6 | value;
    if (++letters < 4) continue;
    for (int shift = 16; shift >= 0; shift -= 8) out.push_back(static_cast<char>(group >> shift));
    group = 0;
    letters = 0;
  }
  BRINK_TRY(CheckPadding(text, at, letters));
  if (letters >= 2) out.push_back(static_cast<char>(group >> (letters * 6 - 8)));
  if (letters == 3) out.push_back(static_cast<char>(group >> 2));
  return out;
}

}  // namespace brink::base64
