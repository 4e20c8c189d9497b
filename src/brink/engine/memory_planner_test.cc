#include "brink/engine/memory_planner.h"

#include <gtest/gtest.h>

#include <random>

#include "brink/tensor/tensor.h"

namespace brink::engine {
namespace {

void ExpectSound(const std::vector<Block>& blocks, const MemoryLayout& layout) {
  ASSERT_EQ(layout.offsets.size(), blocks.size());
  for (size_t a = 0; a < blocks.size(); ++a) {
    EXPECT_EQ(layout.offsets[a] % kTensorAlignment, 0u);
    EXPECT_LE(layout.offsets[a] + blocks[a].bytes, layout.bytes);
    for (size_t b = 0; b < a; ++b) {
      if (blocks[a].first > blocks[b].last || blocks[b].first > blocks[a].last) continue;
      const bool apart = layout.offsets[a] + blocks[a].bytes <= layout.offsets[b] ||
                         layout.offsets[b] + blocks[b].bytes <= layout.offsets[a];
      ASSERT_TRUE(apart) << "blocks " << a << " and " << b << " live at once and share memory";
    }
  }
}

TEST(MemoryPlannerTest, BlocksThatLiveAtOnceNeverOverlap) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    std::vector<Block> blocks(random() % 60);
    for (Block& block : blocks) {
      block.bytes = random() % 5 == 0 ? random() % 3 : random() % 100000;
      block.first = static_cast<int>(random() % 50);
      block.last = block.first + static_cast<int>(random() % 10);
    }
    ExpectSound(blocks, PlanMemory(blocks));
  }
}

TEST(MemoryPlannerTest, NeedsNoMoreThanTheSumAndNoLessThanTheFullestStep) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    std::vector<Block> blocks(1 + random() % 40);
    size_t sum = 0;
    for (Block& block : blocks) {
      block = {.bytes = 64 * (1 + random() % 1000), .first = static_cast<int>(random() % 30)};
      block.last = block.first + static_cast<int>(random() % 6);
      sum += block.bytes;
    }
    size_t fullest = 0;
    for (int step = 0; step < 40; ++step) {
      size_t alive = 0;
      for (const Block& block : blocks)
        alive += block.first <= step && step <= block.last ? block.bytes : 0;
      fullest = std::max(fullest, alive);
    }
    const MemoryLayout layout = PlanMemory(blocks);
    EXPECT_LE(layout.bytes, sum);
    EXPECT_GE(layout.bytes, fullest);
  }
}

TEST(MemoryPlannerTest, AChainNeedsItsTwoLargestNeighbours) {
  const std::vector<Block> chain = {{.bytes = 640, .first = 0, .last = 1},
                                    {.bytes = 6400, .first = 1, .last = 2},
                                    {.bytes = 3200, .first = 2, .last = 3}};
  EXPECT_EQ(PlanMemory(chain).bytes, 9600u);
}

TEST(MemoryPlannerTest, NothingNeedsNothing) { EXPECT_EQ(PlanMemory({}).bytes, 0u); }

}  // namespace
}  // namespace brink::engine
