// Small requests that would mean large arrays are refused: what a request takes in memory stays in
// proportion to what was sent.
#pragma once

#include <cstdint>
#include <string>

#include "brink/base/result.h"
#include "brink/tensor/shape.h"

namespace brink::protocols::seldon_v1 {

// [0, 1000000000] has no element but a name for each column, or a list for each row.
inline constexpr int64_t kMaxEmptyExtent = 65'536;
// One value of a tftensor may stand for a whole array of this many.
inline constexpr int64_t kMaxPadded = int64_t{1} << 20;
// And one text for as many of it as have this many bytes.
inline constexpr int64_t kMaxPaddedText = int64_t{1} << 24;

inline Status CheckEmptyShape(const Shape& shape) {
  if (shape.elements() != 0) return {};
  int64_t product = 1;
  for (const int64_t extent : shape.dims()) {
    if (extent > 0) product *= extent;
  }
  if (product <= kMaxEmptyExtent) return {};
  return Fail(Code::kInvalidArgument, "shape " + shape.ToString() + " is too large for no values");
}

inline Status CheckPadding(int64_t elements) {
  if (elements <= kMaxPadded) return {};
  return Fail(Code::kInvalidArgument,
              "too few values: at most " + std::to_string(kMaxPadded) + " can be filled up");
}

// Of `copies` of a text.
inline Status CheckPaddedText(int64_t copies, const std::string& text) {
  if (text.empty() || copies <= kMaxPaddedText / static_cast<int64_t>(text.size())) return {};
  return Fail(Code::kInvalidArgument, "too few values: at most " + std::to_string(kMaxPaddedText) +
                                          " bytes of text can be filled up");
}

}  // namespace brink::protocols::seldon_v1
