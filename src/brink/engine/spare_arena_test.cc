#include "brink/engine/spare_arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace brink::engine {
namespace {

TEST(SpareArena, OneHasItAtATimeAndFindsZeros) {
  const auto memory = std::make_shared<std::vector<std::byte>>(64);
  const SpareArena spare(memory, *memory);
  for (int turn = 0; turn < 3; ++turn) {
    const std::shared_ptr<std::byte[]> arena = spare.Take();
    ASSERT_NE(arena, nullptr);
    EXPECT_EQ(spare.Take(), nullptr);
    EXPECT_TRUE(std::ranges::all_of(*memory, [](std::byte b) { return b == std::byte{0}; }));
    std::ranges::fill(*memory, std::byte{1});
  }
}

TEST(SpareArena, OutlivesThePlanThatLendsIt) {
  std::weak_ptr<std::vector<std::byte>> memory;
  {
    std::shared_ptr<std::byte[]> arena;
    {
      const auto bytes = std::make_shared<std::vector<std::byte>>(64);
      memory = bytes;
      arena = SpareArena(bytes, *bytes).Take();
    }
    ASSERT_FALSE(memory.expired());
    arena[63] = std::byte{1};
  }
  EXPECT_TRUE(memory.expired());
}

}  // namespace
}  // namespace brink::engine
