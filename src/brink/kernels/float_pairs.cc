#include "brink/kernels/float_pairs.h"

#include <cmath>

#include "brink/kernels/map_pairs.h"

namespace brink::kernels {
namespace {

float FloorMod(float a, float b) {
  const float rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

using Pairs = PairArguments<float, float>;

// A single exponent, of which a norm's and a GELU's are small: products of doubles are rounded
// once, more exactly than libm's function, and by vectors.
void Power(const Broadcast& broadcast, const Pairs& pairs, const Parallel& parallel) {
  bool single = true;
  for (int axis = 0; axis < broadcast.rank; ++axis)
    single = single && broadcast.b_strides[static_cast<size_t>(axis)] == 0;
  const float exponent = single && broadcast.elements() > 0 ? *pairs.b : 0;
  if (exponent == 2)
    return MapBroadcast(broadcast, pairs, parallel, [](float a, float) { return a * a; });
  if (exponent == 3) {
    return MapBroadcast(broadcast, pairs, parallel, [](float a, float) {
      const double wide = a;
      return static_cast<float>(wide * wide * wide);
    });
  }
  MapBroadcast(broadcast, pairs, parallel, [](float a, float b) { return std::pow(a, b); });
}

}  // namespace

void MapPairsOf(FloatPair pair, const Broadcast& broadcast, const BinaryArguments& arguments,
                const Parallel& parallel) {
  const Pairs pairs{arguments.a, arguments.b, arguments.output};
  switch (pair) {
    case FloatPair::kPow:
      return Power(broadcast, pairs, parallel);
    case FloatPair::kAtan2:
      return MapBroadcast(broadcast, pairs, parallel,
                          [](float a, float b) { return std::atan2(a, b); });
    case FloatPair::kFloorDiv:
      return MapBroadcast(broadcast, pairs, parallel,
                          [](float a, float b) { return std::floor(a / b); });
    case FloatPair::kFloorMod:
      return MapBroadcast(broadcast, pairs, parallel, FloorMod);
  }
}

void ComplexMul(const Broadcast& broadcast, const ComplexArguments& arguments,
                const Parallel& parallel) {
  using Complex = std::complex<float>;
  const PairArguments<Complex, Complex> pairs{arguments.a, arguments.b, arguments.output};
  MapBroadcast(broadcast, pairs, parallel, [](Complex a, Complex b) {
    return Complex(a.real() * b.real() - a.imag() * b.imag(),
                   a.real() * b.imag() + a.imag() * b.real());
  });
}

}  // namespace brink::kernels
