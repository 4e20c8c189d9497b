#include "brink/kernels/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "brink/kernels/random_problem.h"
#include "brink/kernels/reference/resize.h"

namespace brink::kernels {
namespace {

ResizeProblem RandomResize(Random& random) {
  ResizeProblem p;
  p.batch = random.Int(1, 2);
  p.in_height = random.Int(1, 12);
  p.in_width = random.Int(1, 12);
  p.out_height = random.Int(1, 30);
  p.out_width = random.Int(1, 30);
  p.channels = random.Chance(50) ? random.Int(1, 5) : random.Int(6, 40);
  p.align_corners = random.Chance(30);
  p.half_pixel_centers = !p.align_corners && random.Chance(50);
  return p;
}

size_t InElements(const ResizeProblem& p) {
  return static_cast<size_t>(p.batch * p.in_height * p.in_width * p.channels);
}
size_t OutElements(const ResizeProblem& p) {
  return static_cast<size_t>(p.batch * p.out_height * p.out_width * p.channels);
}

template <class T>
void ExpectBilinear(uint32_t seed, double tolerance) {
  ForEachTarget([&](const std::string& target) {
    Random random(seed);
    for (int i = 0; i < 60 && !testing::Test::HasFailure(); ++i) {
      const ResizeProblem p = RandomResize(random);
      std::vector<T> input(InElements(p)), want(OutElements(p)), got(OutElements(p));
      for (T& value : input) {
        if constexpr (std::is_integral_v<T>) {
          value = static_cast<T>(random.Int(-40000, 40000));
        } else {
          value = random.Float(-1, 1);
        }
      }
      reference::ResizeBilinear(p, TypeOf<T>(), input.data(), want.data());
      AlignedBytes scratch(ResizeScratchBytes(p, 2));
      ResizeBilinear(p, TypeOf<T>(), {input.data(), got.data(), scratch.data(), Backwards(2)});
      ASSERT_TRUE(scratch.intact());
      for (size_t k = 0; k < got.size(); ++k) {
        ASSERT_NEAR(static_cast<double>(got[k]), static_cast<double>(want[k]), tolerance)
            << target << " " << p.in_height << "x" << p.in_width << " to " << p.out_height << "x"
            << p.out_width << ", " << p.channels << " channels";
      }
    }
  });
}

TEST(Resize, BilinearOfFloatsAgreesWithItsReference) { ExpectBilinear<float>(81, 1e-6); }
TEST(Resize, BilinearOfSignedBytesIsExact) { ExpectBilinear<int8_t>(82, 0); }
TEST(Resize, BilinearOfSixteenBitsIsExact) { ExpectBilinear<int16_t>(83, 0); }
// Float sums in another order may fall on the other side of a half.
TEST(Resize, BilinearOfUnsignedBytesIsWithinAStep) { ExpectBilinear<uint8_t>(84, 1); }

TEST(Resize, NearestIsExactForElementsOfAnySize) {
  Random random(85);
  for (int i = 0; i < 200 && !testing::Test::HasFailure(); ++i) {
    ResizeProblem p = RandomResize(random);
    p.half_pixel_centers = random.Chance(50);
    const auto bytes = static_cast<size_t>(1 << random.Int(0, 3));
    const auto input = random.Bytes<uint8_t>(static_cast<int64_t>(InElements(p) * bytes));
    std::vector<uint8_t> want(OutElements(p) * bytes), got(OutElements(p) * bytes);
    reference::ResizeNearest(p, bytes, input.data(), want.data());
    AlignedBytes scratch(ResizeScratchBytes(p, 2));
    ResizeNearest(p, bytes, {input.data(), got.data(), scratch.data(), Backwards(2)});
    ASSERT_EQ(got, want);
  }
}

// Values by hand: two columns to four.
TEST(Resize, EachRuleOfPlacingGivesItsValues) {
  const float input[] = {0, 1};
  const auto resize = [&](bool align, bool half) {
    ResizeProblem p;
    p.in_width = 2;
    p.out_width = 4;
    p.align_corners = align;
    p.half_pixel_centers = half;
    std::vector<float> output(4);
    AlignedBytes scratch(ResizeScratchBytes(p, 1));
    ResizeBilinear(p, Type::kFloat32, {input, output.data(), scratch.data(), {}});
    for (float& value : output) value = std::round(value * 1000);
    return output;
  };
  EXPECT_EQ(resize(false, false), (std::vector<float>{0, 500, 1000, 1000}));
  EXPECT_EQ(resize(true, false), (std::vector<float>{0, 333, 667, 1000}));
  EXPECT_EQ(resize(false, true), (std::vector<float>{0, 250, 750, 1000}));
}

}  // namespace
}  // namespace brink::kernels
