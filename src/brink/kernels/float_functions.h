// float32 functions of one number, element by element.
#pragma once

#include "brink/kernels/elementwise.h"
#include "brink/kernels/parallel.h"

namespace brink::kernels {

// Where the libm function has no value (the logarithm of a negative number) the result is NaN, too.
// kExp, kLog, kSin and kCos are within 2 units in the last place of 1 or of the result, whichever
// is larger; the others are exact. ARMv7's vector unit takes a denormal number for zero.
enum class FloatFunction {
  kAbs,
  kNeg,
  kSquare,
  kSqrt,
  kRsqrt,  // 1 / sqrt(x)
  kExp,
  kLog,
  kSin,
  kCos,
  kFloor,
  kCeil,
  kRound,  // ties to even
  kSign,   // -1, 0 or 1; of NaN 0
};

void MapFloats(FloatFunction function, const UnaryArguments& arguments, const Parallel& parallel);

}  // namespace brink::kernels
