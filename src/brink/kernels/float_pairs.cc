#include "brink/kernels/float_pairs.h"

#include <cmath>

#include "brink/kernels/map_pairs.h"

namespace brink::kernels {
namespace {

float FloorMod(float a, float b) {
  const float rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

}  // namespace

void MapPairsOf(FloatPair pair, const Broadcast& broadcast, const BinaryArguments& arguments,
                const Parallel& parallel) {
  const PairArguments<float, float> pairs{arguments.a, arguments.b, arguments.output};
  switch (pair) {
    case FloatPair::kPow:
      return MapBroadcast(broadcast, pairs, parallel,
                          [](float a, float b) { return std::pow(a, b); });
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
