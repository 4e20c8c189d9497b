#include "brink/ops/op_table.h"

#include <gtest/gtest.h>

#include <set>

#include "brink/model/graph.h"

namespace brink::ops {
namespace {

TEST(OpTableTest, EveryOperatorHasTheNameAndCodeOfTheFormat) {
  std::set<std::string_view> names;
  for (const OpDef* op : AllOps()) {
    ASSERT_NE(op->prepare, nullptr) << op->name;
    EXPECT_GE(op->max_version, 1) << op->name;
    EXPECT_TRUE(names.insert(op->name).second) << op->name << " twice";
    if (op->code != model::kCustomCode) {
      EXPECT_EQ(model::OperatorName(op->code, ""), op->name);
    }
    EXPECT_EQ(FindOp(op->code, op->name), op);
  }
}

TEST(OpTableTest, DoesNotFindWhatBrinkLacks) {
  EXPECT_EQ(FindOp(9999, ""), nullptr);
  EXPECT_EQ(FindOp(model::kCustomCode, "NoSuchOperator"), nullptr);
}

}  // namespace
}  // namespace brink::ops
