// Functions of bytes that are one line, or two that meet: computed, which is faster than to look
// their 256 results up.
#pragma once

#include <cstdint>
#include <optional>

#include "brink/kernels/parallel.h"
#include "brink/kernels/quantized_elementwise.h"

namespace brink::kernels {

// What a function of stored numbers rises by from one to the next: below `bend`, and from it on.
struct LineSlopes {
  double below = 0;
  double above = 0;
  int32_t bend = INT32_MIN;
};

// Of a byte, as a signed number: (256 byte slope / 2^15, rounded, + offset) / 2^7, rounded down.
struct ByteLine {
  int16_t slope = 0;
  int16_t offset = 0;
};

// The larger of both, saturated; or `above` alone.
struct ByteLines {
  ByteLine below, above;
  bool are_two = false;
  uint8_t input_flip = 0;  // what makes stored bytes signed ones, and signed ones stored
  uint8_t output_flip = 0;
};

// Lines of about those slopes that give every one of the table's results. None where there are
// none, and where this CPU looks bytes up as fast.
std::optional<ByteLines> FitLines(const ByteTable& table, Type input, Type output,
                                  const LineSlopes& slopes);

// Input and output may be the same memory.
void ApplyLines(const ByteLines& lines, const ByteArguments& arguments, const Parallel& parallel);

}  // namespace brink::kernels
