#include "brink/base/base64_blocks.h"

#include <cstdint>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/base/base64_blocks.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace brink::base64::HWY_NAMESPACE {
#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR

size_t DecodeVectors(const char*, size_t, std::byte*) { return 0; }  // tables are faster

#else

namespace hn = hwy::HWY_NAMESPACE;
constexpr hn::CappedTag<uint8_t, 64> kBytes;
constexpr hn::Repartition<uint32_t, decltype(kBytes)> kGroups;
using Bytes = hn::Vec<decltype(kBytes)>;

// Which characters are letters, by their halves: a bit that both halves' entries have marks what is
// none. Source: W. Mula and D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2
// Instructions" (2018), section 4.
constexpr uint8_t kLow[16] = {0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                              0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A};
constexpr uint8_t kHigh[16] = {0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08,
                               0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10};
// What to add to a letter for its value, by its upper half; that of '/' stands at 1.
constexpr uint8_t kOffset[16] = {0, 16, 19, 4, 0xBF, 0xBF, 0xB9, 0xB9};
// The three bytes of each group, the first of them the highest of 24 bits.
constexpr uint8_t kOrder[16] = {2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 7, 11, 15};

size_t DecodeVectors(const char* text, size_t length, std::byte* out) {
  const size_t step = hn::Lanes(kBytes);
  const Bytes low = hn::LoadDup128(kBytes, kLow);
  const Bytes high = hn::LoadDup128(kBytes, kHigh);
  const Bytes offset = hn::LoadDup128(kBytes, kOffset);
  const Bytes order = hn::LoadDup128(kBytes, kOrder);
  HWY_ALIGN uint8_t decoded[64];
  size_t at = 0;
  for (; at + step <= length; at += step) {
    const Bytes letters = hn::LoadU(kBytes, reinterpret_cast<const uint8_t*>(text) + at);
    const Bytes upper = hn::ShiftRight<4>(letters);
    const Bytes lower = hn::And(letters, hn::Set(kBytes, 0x0F));
    const Bytes wrong =
        hn::And(hn::TableLookupBytes(low, lower), hn::TableLookupBytes(high, upper));
    if (!hn::AllTrue(kBytes, hn::Eq(wrong, hn::Zero(kBytes)))) break;
    const Bytes slash = hn::VecFromMask(kBytes, hn::Eq(letters, hn::Set(kBytes, '/')));
    const Bytes values = hn::Add(letters, hn::TableLookupBytes(offset, hn::Add(upper, slash)));
    // Six bits of each byte, the first byte's on top.
    const auto four = hn::BitCast(kGroups, values);
    const auto first = hn::ShiftLeft<18>(hn::And(four, hn::Set(kGroups, 0x3F)));
    const auto second = hn::ShiftLeft<4>(hn::And(four, hn::Set(kGroups, 0x3F00)));
    const auto third = hn::ShiftRight<10>(hn::And(four, hn::Set(kGroups, 0x3F0000)));
    const auto group = hn::Or(hn::Or(first, second), hn::Or(third, hn::ShiftRight<24>(four)));
    hn::Store(hn::TableLookupBytes(hn::BitCast(kBytes, group), order), kBytes, decoded);
    // Twelve bytes of each 16 count; the next block's cover the others.
    std::byte* to = out + at / 4 * 3;
    for (size_t block = 0; block + 16 < step; block += 16, to += 12)
      std::memcpy(to, decoded + block, 16);
    std::memcpy(to, decoded + step - 16, 12);
  }
  return at;
}

#endif

}  // namespace brink::base64::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::base64 {

HWY_EXPORT(DecodeVectors);

size_t DecodeBlocks(const char* text, size_t length, std::byte* out) {
  return HWY_DYNAMIC_DISPATCH(DecodeVectors)(text, length, out);
}

}  // namespace brink::base64
#endif
