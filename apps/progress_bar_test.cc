#include "progress_bar.h"

#include <gtest/gtest.h>

namespace brink::apps {
namespace {

TEST(ProgressBar, ShowsShareSizeAndRate) {
  EXPECT_EQ(ProgressLine("m", {.bytes = 2'000'000, .total = 4'000'000}, 2),
            "m [###############...............]  50 %  2.0 of 4.0 MB  1.0 MB/s");
  EXPECT_EQ(ProgressLine("m", {.bytes = 2'000'000}, 0), "m  2.0 MB  0.0 MB/s");
}

TEST(ProgressBar, ALyingSourceCannotOverflowTheBar) {
  EXPECT_EQ(ProgressLine("m", {.bytes = 9, .total = 3}, 1).find("[##############################]"),
            2u);
}

}  // namespace
}  // namespace brink::apps
