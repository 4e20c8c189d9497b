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

TEST(QuantizedPrelu, IsTheRealOneRounded) {
  ExpectRealPrelu<int8_t, int8_t>({0.05F, 3}, {0.01F, -20}, {0.06F, -5});
  ExpectRealPrelu<uint8_t, uint8_t>({0.05F, 130}, {0.01F, 90}, {0.06F, 120});
  ExpectRealPrelu<int16_t, int8_t>({0.001F, 0}, {0.01F, 0}, {0.0012F, 0});
}

}  // namespace
}  // namespace brink::kernels
