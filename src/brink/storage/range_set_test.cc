#include "brink/storage/range_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace brink::storage {
namespace {

using testing::ElementsAre;

TEST(RangeSet, JoinsWhatTouchesAndKeepsTheRestApart) {
  RangeSet set;
  set.Add(10, 20);
  set.Add(0, 5);
  set.Add(7, 7);
  EXPECT_THAT(set.ranges(), ElementsAre(ByteRange{0, 5}, ByteRange{10, 20}));
  EXPECT_EQ(set.Frontier(), 5);
  set.Add(5, 10);
  EXPECT_THAT(set.ranges(), ElementsAre(ByteRange{0, 20}));
  EXPECT_EQ(set.Frontier(), 20);
  EXPECT_EQ(set.FirstHole(0, 20), (ByteRange{20, 20}));
  EXPECT_EQ(set.FirstHole(0, 30), (ByteRange{20, 30}));
}

TEST(RangeSet, AgreesWithASetOfBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    RangeSet set;
    std::vector<bool> bytes(64, false);
    for (int add = 0; add < 8; ++add) {
      const int64_t begin = random() % 64;
      const int64_t end = begin + random() % (65 - begin);
      set.Add(begin, end);
      std::fill(bytes.begin() + begin, bytes.begin() + end, true);
    }
    EXPECT_EQ(set.Bytes(), std::count(bytes.begin(), bytes.end(), true));
    EXPECT_EQ(set.Frontier(), std::find(bytes.begin(), bytes.end(), false) - bytes.begin());
    const int64_t from = random() % 64;
    const auto hole = std::find(bytes.begin() + from, bytes.end(), false);
    EXPECT_EQ(
        set.FirstHole(from, 64),
        (ByteRange{hole - bytes.begin(), std::find(hole, bytes.end(), true) - bytes.begin()}));
  }
}

}  // namespace
}  // namespace brink::storage
