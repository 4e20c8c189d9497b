// DILATE: input 1 is how far apart the elements of each axis come to stand, input 2 what fills.
#include "brink/ops/spread.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  BRINK_TRY(node.CheckRank(0, 1, Shape::kMaxRank));
  BRINK_TRY(node.CheckInputType(1, {Type::kInt32}));
  BRINK_ASSIGN(const std::vector<int64_t> steps, node.Integers(1));
  std::vector<SpreadAxis> axes;
  for (const int64_t step : steps) {
    if (step < 1) return node.Invalid("input 1: a dilation of " + std::to_string(step));
    axes.push_back({.between = step - 1});
  }
  return PrepareSpread(node, axes, 2);
}

}  // namespace

extern const OpDef kDilate{.name = "DILATE",
                           .code = 203,
                           .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                           .kernels = "strided copy",
                           .prepare = Prepare};

}  // namespace brink::ops
