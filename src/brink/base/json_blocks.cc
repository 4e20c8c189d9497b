#include "brink/base/json_blocks.h"

#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/base/json_blocks.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace brink::json::HWY_NAMESPACE {
#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR

size_t PlainVectors(const char*, size_t) { return 0; }  // the scanner's own words are faster

#else

namespace hn = hwy::HWY_NAMESPACE;
size_t PlainVectors(const char* text, size_t length) {
  constexpr hn::ScalableTag<int8_t> kCharacters;  // negative beyond ASCII
  const size_t step = hn::Lanes(kCharacters);
  const auto space = hn::Set(kCharacters, ' ');
  const auto quote = hn::Set(kCharacters, '"');
  const auto backslash = hn::Set(kCharacters, '\\');
  size_t at = 0;
  for (; at + step <= length; at += step) {
    const auto characters = hn::LoadU(kCharacters, reinterpret_cast<const int8_t*>(text) + at);
    const auto special = hn::Or(hn::Lt(characters, space),
                                hn::Or(hn::Eq(characters, quote), hn::Eq(characters, backslash)));
    if (!hn::AllFalse(kCharacters, special)) break;
  }
  return at;
}

#endif

}  // namespace brink::json::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::json {

HWY_EXPORT(PlainVectors);

size_t PlainBlocks(const char* text, size_t length) {
  return HWY_DYNAMIC_DISPATCH(PlainVectors)(text, length);
}

}  // namespace brink::json
#endif
