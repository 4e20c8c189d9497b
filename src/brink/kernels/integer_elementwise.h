// Arithmetic of two broadcast integers that stand for themselves: shapes, indices, bits.
#pragma once

#include <cstdint>
#include <limits>

#include "brink/kernels/broadcast.h"
#include "brink/kernels/parallel.h"

namespace brink::kernels {

// Sums, differences, products and powers wrap as two's complement does. A division by 0 gives 0.
enum class IntegerOp {
  kAdd,
  kSub,
  kMul,
  kDiv,  // towards 0
  kMaximum,
  kMinimum,
  kFloorDiv,
  kFloorMod,  // has the divisor's sign
  kSquaredDifference,
  kPow,  // of a negative exponent: 0, or 1 or -1 where the base is
  kXor,
  kRightShift,  // of signed numbers with their sign; by at least 0 and less than their bits
};

// The output may be the memory of an input that does not stretch.
template <class T>
struct IntegerArguments {
  const T* a = nullptr;
  const T* b = nullptr;
  T* output = nullptr;
  T low = std::numeric_limits<T>::min();  // the fused activation
  T high = std::numeric_limits<T>::max();
};

// T: int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t.
template <class T>
void IntegerBinary(IntegerOp op, const Broadcast& broadcast, const IntegerArguments<T>& arguments,
                   const Parallel& parallel);

// The least integer has no positive counterpart: its negation and absolute value are itself.
enum class IntegerFunction { kAbs, kNeg, kSign };

// T: int8_t, int16_t, int32_t, int64_t. input and output may be the same memory.
template <class T>
void MapIntegers(IntegerFunction function, const T* input, T* output, int64_t count,
                 const Parallel& parallel);

}  // namespace brink::kernels
