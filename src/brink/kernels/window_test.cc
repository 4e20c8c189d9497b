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

TEST(Window, APictureOfOneColumnIsAsWellOneOfOneRow) {
  Conv2dShape column;
  column.in_height = 9;
  column.out_height = 4;
  column.window = {.height = 3, .stride_height = 2, .dilation_height = 1, .pad_top = 1};
  const Conv2dShape row = ColumnAsRow(column);
  EXPECT_EQ(row.in_height, 1);
  EXPECT_EQ(row.in_width, 9);
  EXPECT_EQ(row.out_width, 4);
  EXPECT_EQ(row.window.width, 3);
  EXPECT_EQ(row.window.stride_width, 2);
  EXPECT_EQ(row.window.pad_left, 1);
  EXPECT_EQ(row.window.pad_top, 0);
}

TEST(Window, APictureOfColumnsStaysAsItIs) {
  Conv2dShape shape;
  shape.in_height = 9;
  shape.in_width = 2;
  EXPECT_EQ(ColumnAsRow(shape).in_height, 9);
  shape.in_width = 1;
  shape.window.width = 3;
  shape.window.pad_left = 1;
  EXPECT_EQ(ColumnAsRow(shape).in_height, 9);
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
