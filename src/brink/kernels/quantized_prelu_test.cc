#include "brink/kernels/quantized_prelu.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "brink/kernels/random_problem.h"
#include "brink/tensor/shape.h"

namespace brink::kernels {
namespace {

template <class T, class Alpha>
void ExpectRealPrelu(Affine input, Affine alpha, Affine output) {
  Random random(98);
  const Shape shape = {3, 5, 7};
  const auto values = random.Bytes<T>(shape.elements());
  const auto slopes = random.Bytes<Alpha>(7);
  std::vector<T> got(values.size());
  const IntRange range = TypeRange(TypeOf<T>());
  Prelu(MakeQuantizedPrelu(input, alpha, output, range), MakeBroadcast(shape, {7}),
        QuantizedPreluArguments<T, Alpha>{values.data(), slopes.data(), got.data()}, Backwards(2));
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = double{input.scale} * (values[i] - input.zero_point);
    const double slope = double{alpha.scale} * (slopes[i % 7] - alpha.zero_point);
    const double want = (x >= 0 ? x : x * slope) / double{output.scale} + output.zero_point;
    ASSERT_NEAR(got[i], std::clamp<double>(want, range.low, range.high), 0.51) << x << " " << slope;
  }
}

// TFLite's formula, which takes each element alone.
template <class T, class Alpha>
T ExactPrelu(const QuantizedPrelu& prelu, T stored, Alpha slope) {
  const int32_t value = stored - prelu.input_zero_point;
  const int32_t scaled =
      value >= 0 ? MultiplyByMultiplier(value, prelu.positive)
                 : MultiplyByMultiplier(value * (slope - prelu.alpha_zero_point), prelu.negative);
  const int64_t result = int64_t{scaled} + prelu.output_zero_point;
  return static_cast<T>(std::clamp<int64_t>(result, prelu.range.low, prelu.range.high));
}

// Every input with every slope, all slopes in a row of their own or one for each row.
template <class T, class Alpha>
void ExpectExactPrelu(Affine input, Affine alpha, Affine output) {
  Random random(99);
  const IntRange range = TypeRange(TypeOf<T>());
  const QuantizedPrelu prelu = MakeQuantizedPrelu(input, alpha, output, range);
  for (const int64_t length : {256, 41, 5}) {
    for (const bool by_row : {false, true}) {
      const auto rows = int64_t{300};
      const auto values = random.Bytes<T>(rows * length);
      const auto slopes = random.Bytes<Alpha>(by_row ? rows : length);
      std::vector<T> got = values;
      const Broadcast broadcast =
          MakeBroadcast({rows, length}, by_row ? Shape{rows, 1} : Shape{length});
      Prelu(prelu, broadcast,
            QuantizedPreluArguments<T, Alpha>{got.data(), slopes.data(), got.data()}, Backwards(2));
      for (size_t i = 0; i < values.size(); ++i) {
        const auto row = i / static_cast<size_t>(length);
        const Alpha slope = slopes[by_row ? row : i % static_cast<size_t>(length)];
        ASSERT_EQ(got[i], ExactPrelu(prelu, values[i], slope))
            << CpuTarget() << " " << values[i] << " " << slope << " length " << length;
      }
    }
  }
}

TEST(QuantizedPrelu, IsExactOnEveryTarget) {
  ForEachTarget([](const std::string&) {
    for (const float scale : {0.0001F, 0.05F, 0.0625F, 0.11F, 1e6F}) {
      ExpectExactPrelu<int8_t, int8_t>({scale, 3}, {0.01F, -20}, {0.0625F, -5});
      ExpectExactPrelu<int8_t, int8_t>({scale, -128}, {0.0078125F, 0}, {0.0625F, 127});
      ExpectExactPrelu<uint8_t, uint8_t>({scale, 130}, {0.01F, 90}, {0.06F, 120});
      ExpectExactPrelu<int16_t, int8_t>({scale, 0}, {0.01F, 0}, {0.0012F, 0});
    }
  });
}

TEST(QuantizedPrelu, IsTheRealOneRounded) {
  ExpectRealPrelu<int8_t, int8_t>({0.05F, 3}, {0.01F, -20}, {0.06F, -5});
  ExpectRealPrelu<uint8_t, uint8_t>({0.05F, 130}, {0.01F, 90}, {0.06F, 120});
  ExpectRealPrelu<int16_t, int8_t>({0.001F, 0}, {0.01F, 0}, {0.0012F, 0});
}

}  // namespace
}  // namespace brink::kernels
