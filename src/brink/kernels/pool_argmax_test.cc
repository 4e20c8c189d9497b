#include "brink/kernels/pool_argmax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace brink::kernels {
namespace {

using testing::ElementsAre;

Conv2dShape Halves() {
  Conv2dShape s;
  s.in_height = 2;
  s.in_width = 4;
  s.out_width = 2;
  s.window = {.height = 2, .width = 2, .stride_height = 2, .stride_width = 2};
  return s;
}

TEST(PoolArgmax, RemembersWhereTheMaximumWas) {
  const std::vector<float> input = {1, 2, 8, 3, 7, 4, 5, 6};
  std::vector<float> output(2), indices(2);
  MaxPoolArgmax({Halves(), {}}, input.data(), output.data(), indices.data());
  EXPECT_THAT(output, ElementsAre(7, 8));
  EXPECT_THAT(indices, ElementsAre(2.1F, 0.1F));
  std::vector<float> back(8, -1);
  MaxUnpool(Halves(), output.data(), indices.data(), back.data());
  EXPECT_THAT(back, ElementsAre(0, 0, 8, 0, 7, 0, 0, 0));
}

TEST(PoolArgmax, IndicesFromNowhereAreLeftOut) {
  const std::vector<float> input = {1, 2};
  std::vector<float> back(8, -1);
  for (const float bad : {-1.0F, 4.0F, 1e30F, std::numeric_limits<float>::quiet_NaN()}) {
    const std::vector<float> indices = {bad, 3.1F};
    MaxUnpool(Halves(), input.data(), indices.data(), back.data());
    EXPECT_THAT(back, ElementsAre(0, 0, 0, 0, 0, 0, 0, 2));
  }
}

}  // namespace
}  // namespace brink::kernels
