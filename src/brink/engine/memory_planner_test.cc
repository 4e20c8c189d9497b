#include "brink/engine/memory_planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "brink/tensor/tensor.h"

namespace brink::engine {
namespace {

// How far block `a` must begin before block `b`, if it does.
size_t BytesBefore(const std::vector<Block>& blocks, size_t a, size_t b) {
  if (blocks[a].over != static_cast<int>(b)) return blocks[a].bytes;
  return std::min(blocks[a].bytes, blocks[a].lead);
}

void ExpectSound(const std::vector<Block>& blocks, const MemoryLayout& layout) {
  ASSERT_EQ(layout.offsets.size(), blocks.size());
  for (size_t a = 0; a < blocks.size(); ++a) {
    EXPECT_EQ(layout.offsets[a] % kTensorAlignment, 0u);
    EXPECT_LE(layout.offsets[a] + blocks[a].bytes, layout.bytes);
    for (size_t b = 0; b < a; ++b) {
      if (blocks[a].first > blocks[b].last || blocks[b].first > blocks[a].last) continue;
      const bool apart = layout.offsets[a] + BytesBefore(blocks, a, b) <= layout.offsets[b] ||
                         layout.offsets[b] + BytesBefore(blocks, b, a) <= layout.offsets[a];
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

TEST(MemoryPlannerTest, BlocksLieOverOthersByTheirLeadOnly) {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<Block> blocks(2 + random() % 40);
    for (size_t i = 0; i < blocks.size(); ++i) {
      Block& block = blocks[i];
      block.bytes = random() % 100000;
      block.first = static_cast<int>(random() % 30);
      block.last = block.first + static_cast<int>(random() % 10);
      if (i == 0 || random() % 2 == 0) continue;
      block.first = blocks[i - 1].last;
      block.last = block.first + static_cast<int>(random() % 10);
      block.over = static_cast<int>(i - 1);
      block.lead = random() % 3 == 0 ? 0 : random() % 120000;
    }
    ExpectSound(blocks, PlanMemory(blocks));
  }
}

TEST(MemoryPlannerTest, AChainThatLiesOverItselfNeedsItsLargestBlockAndTheLeads) {
  const std::vector<Block> chain = {{.bytes = 640, .first = 0, .last = 1},
                                    {.bytes = 6400, .first = 1, .last = 2, .over = 0, .lead = 6400},
                                    {.bytes = 3200, .first = 2, .last = 3, .over = 1, .lead = 0}};
  EXPECT_EQ(PlanMemory(chain).bytes, 7040u);
  const std::vector<Block> growing = {
      {.bytes = 64000, .first = 0, .last = 1},
      {.bytes = 96000, .first = 1, .last = 2, .over = 0, .lead = 6400}};
  EXPECT_EQ(PlanMemory(growing).bytes, 96000u);
}

// The largest lies where the fullest step's blocks would fit.
TEST(MemoryPlannerTest, TheFullestStepNeedsNoMoreThanItMust) {
  const std::vector<Block> blocks = {{.bytes = 1100000, .first = 2, .last = 2},
                                     {.bytes = 1000000, .first = 0, .last = 1},
                                     {.bytes = 500000, .first = 1, .last = 1},
                                     {.bytes = 300032, .first = 1, .last = 2}};
  EXPECT_EQ(PlanMemory(blocks).bytes, 1800064u);
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
