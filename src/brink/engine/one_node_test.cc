// Every operator with random options, shapes, types and numbers: most are refused, none crashes,
// and what runs comes to the same numbers in every way of running it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "brink/engine/one_node_ways.h"
#include "brink/ops/op_table.h"

namespace brink::engine {
namespace {

TEST(OneNodeTest, EveryWayOfRunningAnOperatorGivesTheSameNumbers) {
  const char* wanted = std::getenv("BRINK_ONE_NODE_CASES");  // more, to search; with other seeds
  const int cases = wanted == nullptr ? 40 : std::atoi(wanted);
  size_t index = wanted == nullptr ? 0 : static_cast<size_t>(cases) * 1000;
  int ran = 0;
  for (const ops::OpDef* op : ops::AllOps()) {
    std::mt19937 random(static_cast<uint32_t>(++index));
    for (int i = 0; i < cases; ++i) {
      std::vector<uint8_t> bytes(300);
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
      OneNodeWays ways(*op, bytes);
      ran += ways.Runs() ? 1 : 0;
      EXPECT_EQ(ways.Disagreement(), "") << op->name << ", case " << i;
    }
  }
  EXPECT_GT(ran, cases * 20);  // else this shows nothing
}

}  // namespace
}  // namespace brink::engine
