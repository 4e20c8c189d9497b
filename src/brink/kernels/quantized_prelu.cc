#include "brink/kernels/quantized_prelu.h"

#include <algorithm>

#include "brink/kernels/pieces.h"

namespace brink::kernels {

QuantizedPrelu MakeQuantizedPrelu(Affine input, Affine alpha, Affine output, IntRange range) {
  // Single precision: TFLite's choice.
  return {
      .input_zero_point = input.zero_point,
      .alpha_zero_point = alpha.zero_point,
      .output_zero_point = output.zero_point,
      .positive = QuantizeMultiplier(static_cast<double>(input.scale / output.scale)),
      .negative = QuantizeMultiplier(static_cast<double>(input.scale * alpha.scale / output.scale)),
      .range = range};
}

template <class T, class Alpha>
void Prelu(const QuantizedPrelu& prelu, const Broadcast& broadcast,
           const QuantizedPreluArguments<T, Alpha>& arguments, const Parallel& parallel) {
  const auto apply = [&](T stored, Alpha slope) {
    const int32_t value = stored - prelu.input_zero_point;
    const int32_t scaled =
        value >= 0 ? MultiplyByMultiplier(value, prelu.positive)
                   : MultiplyByMultiplier(value * (slope - prelu.alpha_zero_point), prelu.negative);
    const int64_t result = int64_t{scaled} + prelu.output_zero_point;
    return static_cast<T>(std::clamp<int64_t>(result, prelu.range.low, prelu.range.high));
  };
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  const int64_t a_step = broadcast.a_strides[inner];
  const int64_t b_step = broadcast.b_strides[inner];
  ForEachRowPiece(broadcast, 1 << 13, parallel,
                  [&](const Broadcast& part, PairOffset start, RowRange rows) {
                    const int64_t length = part.extents[inner];
                    for (int64_t row = rows.first; row < rows.last; ++row) {
                      const PairOffset at = OffsetOfRow(part, row);
                      const T* in = arguments.input + start.a + at.a;
                      const Alpha* slope = arguments.alpha + start.b + at.b;
                      T* out = arguments.output + start.output + row * length;
                      for (int64_t i = 0; i < length; ++i) {
                        out[i] = apply(in[i * a_step], slope[i * b_step]);
                      }
                    }
                  });
}

template void Prelu(const QuantizedPrelu&, const Broadcast&,
                    const QuantizedPreluArguments<int8_t, int8_t>&, const Parallel&);
template void Prelu(const QuantizedPrelu&, const Broadcast&,
                    const QuantizedPreluArguments<uint8_t, uint8_t>&, const Parallel&);
template void Prelu(const QuantizedPrelu&, const Broadcast&,
                    const QuantizedPreluArguments<int16_t, int8_t>&, const Parallel&);

}  // namespace brink::kernels
