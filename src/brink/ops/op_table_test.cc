#include "brink/ops/op_table.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

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

// What `brink ops` and docs/ops.md tell of it.
TEST(OpTableTest, EveryOperatorTellsItsTypesAndKernels) {
  const std::set<std::string> known = {"any", "f32", "f16", "bf16", "f64",    "c64",
                                       "i4",  "i8",  "u8",  "i16",  "u16",    "i32",
                                       "u32", "i64", "u64", "bool", "string", "weights"};
  for (const OpDef* op : AllOps()) {
    EXPECT_FALSE(op->kernels.empty()) << op->name << ": OpDef::kernels";
    std::string types(op->types);
    std::erase(types, ';');
    std::istringstream words(types);
    int count = 0;
    for (std::string word; words >> word; ++count)
      EXPECT_EQ(known.count(word), 1u) << op->name << ": " << word;
    EXPECT_GT(count, 0) << op->name << ": OpDef::types, such as \"f32 i8; weights i4\"";
  }
}

TEST(OpTableTest, DoesNotFindWhatBrinkLacks) {
  EXPECT_EQ(FindOp(9999, ""), nullptr);
  EXPECT_EQ(FindOp(model::kCustomCode, "NoSuchOperator"), nullptr);
}

}  // namespace
}  // namespace brink::ops
