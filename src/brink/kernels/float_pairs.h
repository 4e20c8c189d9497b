// Operators of two broadcast float32 or complex64 inputs that are too rare for vectors.
#pragma once

#include <complex>

#include "brink/kernels/broadcast.h"
#include "brink/kernels/elementwise.h"
#include "brink/kernels/parallel.h"

namespace brink::kernels {

enum class FloatPair {
  kPow,
  kAtan2,  // atan2(a, b)
  kFloorDiv,
  kFloorMod,  // has the divisor's sign
};

void MapPairsOf(FloatPair pair, const Broadcast& broadcast, const BinaryArguments& arguments,
                const Parallel& parallel);

struct ComplexArguments {
  const std::complex<float>* a = nullptr;
  const std::complex<float>* b = nullptr;
  std::complex<float>* output = nullptr;
};
void ComplexMul(const Broadcast& broadcast, const ComplexArguments& arguments,
                const Parallel& parallel);

}  // namespace brink::kernels
