#include "brink/kernels/window.h"

#include <gtest/gtest.h>

#include "brink/kernels/activation.h"

namespace brink::kernels {
namespace {

TEST(Window, SamePaddingPutsTheOddCellAfterTheInput) {
  const AxisPlacement placement = PlaceWindow(8, {3, 2, 1}, Padding::kSame);
  EXPECT_EQ(placement.out, 4);
  EXPECT_EQ(placement.pad_before, 0);
  EXPECT_EQ(PlaceWindow(7, {3, 1, 2}, Padding::kSame).pad_before, 2);
}

TEST(Window, ValidPaddingPlacesOnlyWholeWindows) {
  EXPECT_EQ(PlaceWindow(8, {3, 2, 1}, Padding::kValid).out, 3);
  EXPECT_EQ(PlaceWindow(8, {3, 1, 3}, Padding::kValid).out, 2);
  EXPECT_LE(PlaceWindow(2, {3, 1, 1}, Padding::kValid).out, 0);
}

TEST(Activation, QuantizedRangesSaturateAtTheType) {
  EXPECT_EQ(QuantizedClampRange(Activation::kRelu, 0.1F, -20, Type::kInt8).low, -20);
  EXPECT_EQ(QuantizedClampRange(Activation::kRelu, 0.1F, -20, Type::kInt8).high, 127);
  EXPECT_EQ(QuantizedClampRange(Activation::kRelu6, 0.1F, -20, Type::kInt8).high, 40);
  EXPECT_EQ(QuantizedClampRange(Activation::kRelu6, 1e-30F, 0, Type::kUInt8).high, 255);
  EXPECT_EQ(QuantizedClampRange(Activation::kReluN1To1, 0.5F, 3, Type::kUInt8).low, 1);
}

}  // namespace
}  // namespace brink::kernels
