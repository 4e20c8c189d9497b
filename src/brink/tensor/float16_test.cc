#include "brink/tensor/float16.h"

#include <gtest/gtest.h>

#include <cmath>

namespace brink {
namespace {

TEST(Float16, EveryHalfSurvivesTheWayThroughFloat) {
  for (uint32_t half = 0; half < 0x10000; ++half) {
    const float number = HalfToFloat(static_cast<uint16_t>(half));
    if (std::isnan(number)) continue;
    ASSERT_EQ(FloatToHalf(number), half);
  }
}

TEST(Float16, KnownValues) {
  EXPECT_EQ(HalfToFloat(0x3C00), 1.0F);
  EXPECT_EQ(HalfToFloat(0x7BFF), 65504.0F);
  EXPECT_EQ(HalfToFloat(0x0001), 0x1p-24F);
  EXPECT_EQ(FloatToHalf(0.1F), 0x2E66);
  EXPECT_EQ(FloatToHalf(65519.0F), 0x7BFF);
  EXPECT_EQ(FloatToHalf(65520.0F), 0x7C00);
  EXPECT_EQ(FloatToHalf(-1e-10F), 0x8000);
  EXPECT_TRUE(std::isnan(HalfToFloat(FloatToHalf(NAN))));
  EXPECT_EQ(BFloat16ToFloat(0x3F80), 1.0F);
}

TEST(Float16, RoundsToNearestWithTiesToEven) {
  EXPECT_EQ(FloatToHalf(1.0F + 0x1p-11F), 0x3C00);
  EXPECT_EQ(FloatToHalf(1.0F + 3 * 0x1p-11F), 0x3C02);
  EXPECT_EQ(FloatToHalf(std::nextafter(1.0F + 0x1p-11F, 2.0F)), 0x3C01);
}

}  // namespace
}  // namespace brink
