#include "brink/storage/backoff.h"

#include <gtest/gtest.h>

namespace brink::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, WaitsDoubleWithJitterUpToALimitAndBeginAgainAfterProgress) {
  Backoff backoff(seconds(60), Backoff::Clock::time_point::max(), 1);
  milliseconds full(200);
  for (int failure = 0; failure < 12; ++failure) {
    const milliseconds wait = backoff.NextWait(milliseconds(0));
    EXPECT_GE(wait, full / 2);
    EXPECT_LE(wait, full);
    full = std::min(2 * full, milliseconds(20'000));
  }
  backoff.Progressed(Backoff::Clock::now());
  EXPECT_LE(backoff.NextWait(milliseconds(0)), milliseconds(200));
}

TEST(Backoff, AServersWishIsHeeded) {
  Backoff backoff(seconds(60), Backoff::Clock::time_point::max(), 1);
  EXPECT_EQ(backoff.NextWait(seconds(7)), seconds(7));
}

TEST(Backoff, GivesUpAfterItsPatienceOrAtTheDeadline) {
  const auto now = Backoff::Clock::now();
  Backoff backoff(seconds(60), now + seconds(100), 1);
  backoff.Progressed(now);
  EXPECT_TRUE(backoff.MayTryAt(now + seconds(59)));
  EXPECT_FALSE(backoff.MayTryAt(now + seconds(61)));
  backoff.Progressed(now + seconds(90));
  EXPECT_TRUE(backoff.MayTryAt(now + seconds(99)));
  EXPECT_FALSE(backoff.MayTryAt(now + seconds(101)));
}

}  // namespace
}  // namespace brink::storage
