#include "brink/metrics/recent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace brink::metrics {
namespace {

using testing::ElementsAre;

TEST(Recent, GivesTheQuantilesOfWhatItKeeps) {
  Recent recent;
  EXPECT_TRUE(std::isnan(recent.Quantiles({.5})[0]));
  for (int i = 100; i > 0; --i) recent.Observe(i);
  EXPECT_THAT(recent.Quantiles({0, .5, .99, 1}), ElementsAre(1, 50, 99, 100));
  EXPECT_EQ(recent.count(), 100u);
  EXPECT_EQ(recent.sum(), 5050);
}

TEST(Recent, ForgetsTheOldestAndCountsAll) {
  Recent recent;
  for (size_t i = 0; i < 3 * Recent::kKept; ++i) recent.Observe(i < Recent::kKept * 2 ? 9 : 1);
  EXPECT_THAT(recent.Quantiles({1}), ElementsAre(1));
  EXPECT_EQ(recent.count(), 3 * Recent::kKept);
}

}  // namespace
}  // namespace brink::metrics
