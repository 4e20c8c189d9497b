#include "brink/base/closest_name.h"

#include <gtest/gtest.h>

#include <array>

namespace brink {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"modelUri", "implementation", "name",
                                                    "parameters"};

TEST(ClosestName, FindsSlipsOfAFingerAndOfCase) {
  EXPECT_EQ(ClosestName("modelURI", kNames), "modelUri");
  EXPECT_EQ(ClosestName("paramters", kNames), "parameters");
  EXPECT_EQ(ClosestName("mae", kNames), "");
  EXPECT_EQ(DidYouMean("implemantation", kNames), " (did you mean 'implementation'?)");
}

TEST(ClosestName, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(ClosestName("", kNames), "");
  EXPECT_EQ(ClosestName("nodeSelector", kNames), "");
  EXPECT_EQ(DidYouMean(std::string(100'000, 'x'), kNames), "");
}

}  // namespace
}  // namespace brink
