// The quantised operators with two inputs that are too rare for vectors.
#include <algorithm>
#include <cmath>

#include "brink/kernels/map_pairs.h"
#include "brink/kernels/quantized_elementwise.h"

namespace brink::kernels {

void Add(const ShiftedAdd& add, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int16_t>& arguments, const Parallel& parallel) {
  const PairArguments<int16_t, int16_t> pairs{arguments.a, arguments.b, arguments.output};
  MapBroadcast(broadcast, pairs, parallel, [add](int16_t a, int16_t b) {
    const int32_t x = RoundingDivideByPowerOfTwo(a, add.a_shift);
    const int32_t y = RoundingDivideByPowerOfTwo(b, add.b_shift);
    return static_cast<int16_t>(
        std::clamp(add.subtracts ? x - y : x + y, add.range.low, add.range.high));
  });
}

QuantizedDifference MakeQuantizedDifference(Affine a, Affine b, Affine output, IntRange range) {
  constexpr int kShift = 7;
  QuantizedDifference difference;
  difference.scaling = MakeQuantizedAdd(a, b, output, range, kShift);
  const double twice_max = 2 * static_cast<double>(std::max(a.scale, b.scale));
  difference.scaling.output = QuantizeMultiplier(
      twice_max * twice_max / ((1 << (2 * kShift)) * static_cast<double>(output.scale)));
  return difference;
}

void SquaredDifference(const QuantizedDifference& difference, const Broadcast& broadcast,
                       const QuantizedBinaryArguments<int8_t>& arguments,
                       const Parallel& parallel) {
  const PairArguments<int8_t, int8_t> pairs{arguments.a, arguments.b, arguments.output};
  MapBroadcast(broadcast, pairs, parallel, [s = difference.scaling](int8_t a, int8_t b) {
    const int32_t unit = 1 << s.left_shift;
    const int32_t x = MultiplyByMultiplier((a - s.a_zero_point) * unit, s.a);
    const int32_t y = MultiplyByMultiplier((b - s.b_zero_point) * unit, s.b);
    const int32_t square = MultiplyByMultiplier((x - y) * (x - y), s.output);
    return static_cast<int8_t>(
        std::clamp(WrappingAdd(square, s.output_zero_point), s.range.low, s.range.high));
  });
}

template <class T>
void Div(const QuantizedDiv& div, const Broadcast& broadcast,
         const QuantizedBinaryArguments<T>& arguments, const Parallel& parallel) {
  const PairArguments<T, T> pairs{arguments.a, arguments.b, arguments.output};
  const double scale = static_cast<double>(div.a.scale) /
                       (static_cast<double>(div.b.scale) * static_cast<double>(div.output.scale));
  MapBroadcast(broadcast, pairs, parallel, [div, scale](T a, T b) {
    const double steps = std::round(scale * (a - div.a.zero_point) / (b - div.b.zero_point));
    if (std::isnan(steps))
      return static_cast<T>(std::clamp(div.output.zero_point, div.range.low, div.range.high));
    const double value =
        std::clamp(steps + div.output.zero_point, static_cast<double>(div.range.low),
                   static_cast<double>(div.range.high));
    return static_cast<T>(value);
  });
}

template void Div(const QuantizedDiv&, const Broadcast&, const QuantizedBinaryArguments<int8_t>&,
                  const Parallel&);
template void Div(const QuantizedDiv&, const Broadcast&, const QuantizedBinaryArguments<uint8_t>&,
                  const Parallel&);
template void Div(const QuantizedDiv&, const Broadcast&, const QuantizedBinaryArguments<int16_t>&,
                  const Parallel&);

}  // namespace brink::kernels
