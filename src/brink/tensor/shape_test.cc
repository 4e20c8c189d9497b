#include "brink/tensor/shape.h"

#include <gtest/gtest.h>

#include "brink/tensor/tensor.h"

namespace brink {
namespace {

TEST(Shape, CountsElementsAndPrintsItself) {
  EXPECT_EQ((Shape{1, 260, 260, 3}).elements(), 202800);
  EXPECT_EQ((Shape{1, 260, 260, 3}).ToString(), "[1, 260, 260, 3]");
  EXPECT_EQ(Shape{}.elements(), 1);
  EXPECT_EQ((Shape{-1, 3}).elements(), -1);
  EXPECT_FALSE((Shape{-1, 3}).known());
}

TEST(Shape, RefusesWhatCannotBeAShape) {
  const std::vector<int32_t> negative = {1, -2};
  EXPECT_EQ(Shape::Make(negative).error().message, "shape has a dimension of -2");
  const std::vector<int64_t> deep(9, 1);
  EXPECT_EQ(Shape::Make(deep).error().message, "shape has 9 dimensions, at most 8 are supported");
  const std::vector<int32_t> vast = {2147483647, 2147483647, 2147483647};
  EXPECT_FALSE(Shape::Make(vast).has_value());
}

TEST(Tensor, OwnsAlignedBytesAndClones) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  Tensor tensor = Tensor::Of<float>({2, 3}, values);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.bytes().data()) % kTensorAlignment, 0u);
  Tensor copy = tensor.Clone();
  tensor.as<float>()[0] = 9;
  EXPECT_EQ(copy.as<float>()[0], 1);
  EXPECT_EQ(std::move(copy).Reshaped({3, 2}).shape(), (Shape{3, 2}));
}

TEST(Tensor, SubByteTypesRoundUpToWholeBytes) {
  EXPECT_EQ(PackedBytes(Type::kInt4, 3), 2);
  EXPECT_EQ(PackedBytes(Type::kFloat32, 3), 12);
}

}  // namespace
}  // namespace brink
