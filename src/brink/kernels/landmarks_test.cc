#include "brink/kernels/landmarks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace brink::kernels {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

TEST(Landmarks, ACropSurroundsItsLandmarks) {
  // A box from (10, 20) to (14, 28), upright; a crop of 4 x 4 pixels.
  const std::vector<float> landmarks = {10, 20, 0, 14, 20, 0, 10, 28, 0, 14, 28, 0};
  const LandmarkCrop crop{
      .left = 0, .right = 1, .width = 4, .height = 4, .subset = {{0, 1}, {2, 3}}};
  const Transform t = CropTransform(crop, landmarks.data());
  std::vector<float> corners = {0, 0, 4, 4, 2, 2};
  TransformLandmarks(t, 3, 2, corners.data(), corners.data());
  EXPECT_THAT(corners, Pointwise(FloatNear(1e-5F), {10, 20, 14, 28, 12, 24}));
}

TEST(Landmarks, ATurnedFaceGivesATurnedCrop) {
  const std::vector<float> landmarks = {0, 0, 0, 0, 2, 0};
  const LandmarkCrop crop{.left = 0, .right = 1, .width = 2, .height = 2, .subset = {{0, 1}}};
  const Transform t = CropTransform(crop, landmarks.data());
  std::vector<float> side = {0, 1, 5, 2, 1, 5};
  TransformLandmarks(t, 2, 3, side.data(), side.data());
  EXPECT_THAT(side, Pointwise(FloatNear(1e-5F), {0, 0, 5, 0, 2, 5}));
}

TEST(Landmarks, CropsBlendFourPixelsAndAreZeroOutside) {
  const std::vector<float> input = {0, 1, 2, 3};
  std::vector<float> output(4, -1);
  const Transform half = {1, 0, 0, 0.5F, 0, 1, 0, 0.5F, 0, 0, 1, 0, 0, 0, 0, 1};
  CropBilinear({2, 2, 1, 2, 2}, half, input.data(), output.data());
  EXPECT_THAT(output, ElementsAre(1.5F, 0, 0, 0));
  Transform nan = half;
  nan[3] = std::numeric_limits<float>::quiet_NaN();
  CropBilinear({2, 2, 1, 2, 2}, nan, input.data(), output.data());
  EXPECT_THAT(output, ElementsAre(0, 0, 0, 0));
}

}  // namespace
}  // namespace brink::kernels
