#include "brink/kernels/broadcast.h"

#include <gtest/gtest.h>

namespace brink::kernels {
namespace {

TEST(Broadcast, ShapesAlignAtTheLastAxis) {
  EXPECT_EQ(BroadcastShape({2, 3, 4}, {4}).value(), (Shape{2, 3, 4}));
  EXPECT_EQ(BroadcastShape({3, 1}, {2, 1, 4}).value(), (Shape{2, 3, 4}));
  EXPECT_EQ(BroadcastShape({}, {5}).value(), (Shape{5}));
  EXPECT_EQ(BroadcastShape({0}, {1}).value(), (Shape{0}));
}

TEST(Broadcast, ShapesThatDoNotFitAreRefusedWithBothNames) {
  const auto shape = BroadcastShape({2, 3}, {4});
  ASSERT_FALSE(shape);
  EXPECT_EQ(shape.error().code, Code::kInvalidArgument);
  EXPECT_NE(shape.error().message.find("[2, 3]"), std::string::npos);
  EXPECT_NE(shape.error().message.find("[4]"), std::string::npos);
}

TEST(Broadcast, EqualShapesMergeIntoOneAxis) {
  const Broadcast broadcast = MakeBroadcast({1, 7, 5, 3}, {1, 7, 5, 3});
  EXPECT_EQ(broadcast.rank, 1);
  EXPECT_EQ(broadcast.extents[0], 105);
  EXPECT_EQ(broadcast.a_strides[0], 1);
  EXPECT_EQ(broadcast.b_strides[0], 1);
}

TEST(Broadcast, AChannelVectorKeepsTwoAxes) {
  const Broadcast broadcast = MakeBroadcast({1, 7, 5, 3}, {3});
  EXPECT_EQ(broadcast.rank, 2);
  EXPECT_EQ(broadcast.extents[0], 35);
  EXPECT_EQ(broadcast.a_strides[0], 3);
  EXPECT_EQ(broadcast.b_strides[0], 0);
  EXPECT_EQ(broadcast.extents[1], 3);
}

TEST(Broadcast, AScalarMergesIntoOneAxis) {
  const Broadcast broadcast = MakeBroadcast({4, 5}, {});
  EXPECT_EQ(broadcast.rank, 1);
  EXPECT_EQ(broadcast.a_strides[0], 1);
  EXPECT_EQ(broadcast.b_strides[0], 0);
  EXPECT_EQ(MakeBroadcast({1}, {1, 1}).elements(), 1);
}

}  // namespace
}  // namespace brink::kernels
