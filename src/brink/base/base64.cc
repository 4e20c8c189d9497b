#include "brink/base/base64.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "brink/base/base64_blocks.h"

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

// A letter's six bits in their place among the 24 of its group, for each of the four places; what
// is no letter has kNoLetter.
constexpr uint32_t kNoLetter = 1;
constexpr std::array<std::array<uint32_t, 256>, 4> kPlaced = [] {
  std::array<std::array<uint32_t, 256>, 4> placed{};
  for (size_t place = 0; place < 4; ++place) {
    for (size_t c = 0; c < 256; ++c) {
      const uint32_t value = kValue[c];
      placed[place][c] = value < 64 ? value << (26 - 6 * place) : kNoLetter;
    }
  }
  return placed;
}();

// The 24 bits of four letters on top of eight that are 0; else those are not.
uint32_t GroupAt(const char* four) {
  const auto place = [&](size_t i) { return kPlaced[i][static_cast<uint8_t>(four[i])]; };
  return place(0) | place(1) | place(2) | place(3);
}

// Writes the group's three bytes and one of no meaning behind them.
void Store(std::byte* to, uint32_t group) {
  if constexpr (std::endian::native == std::endian::little) group = __builtin_bswap32(group);
  std::memcpy(to, &group, sizeof group);
}

// Whole groups of four letters, as many as come first and leave `out` a byte to spare; returns how
// many.
size_t DecodeGroups(std::string_view text, std::span<std::byte> out) {
  if (out.empty()) return 0;
  const size_t most = std::min(text.size() / 4, (out.size() - 1) / 3);
  size_t groups = DecodeBlocks(text.data(), most * 4, out.data()) / 4;
  const char* from = text.data() + groups * 4;
  std::byte* to = out.data() + groups * 3;
  for (; groups < most; ++groups, from += 4, to += 3) {
    const uint32_t group = GroupAt(from);
    if ((group & 0xFF) != 0) break;
    Store(to, group);
  }
  return groups;
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

Result<size_t> DecodeInto(std::string_view text, std::span<std::byte> out) {
  size_t size = 0;
  const auto put = [&](uint32_t byte) {
    if (size < out.size()) out[size] = static_cast<std::byte>(byte);
    ++size;
  };
  uint32_t group = 0;
  int letters = 0;
  size_t at = 0;
  while (true) {
    if (letters == 0 && size < out.size()) {
      const size_t groups = DecodeGroups(text.substr(at), out.subspan(size));
      at += groups * 4;
      size += groups * 3;
    }
    if (at == text.size()) break;
    const uint32_t value = ValueOf(text[at]);
    if (value == kPad) break;
    if (value == kInvalid) return Bad("character outside the alphabet", at);
    ++at;
    if (value == kSpace) continue;
    group = group << 6 | value;
    if (++letters < 4) continue;
    for (int shift = 16; shift >= 0; shift -= 8) put(group >> shift);
    group = 0;
    letters = 0;
  }
  BRINK_TRY(CheckPadding(text, at, letters));
  if (letters >= 2) put(group >> (letters * 6 - 8));
  if (letters == 3) put(group >> 2);
  return size;
}

Result<std::string> Decode(std::string_view text) {
  // One more than the text can hold, for DecodeGroups.
  std::string out(text.size() / 4 * 3 + 3, '\0');
  BRINK_ASSIGN(const size_t size, DecodeInto(text, std::as_writable_bytes(std::span(out))));
  out.resize(size);
  return out;
}

}  // namespace brink::base64
