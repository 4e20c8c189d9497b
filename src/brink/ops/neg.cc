#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  if (node.has_input(0) && node.input(0).type == Type::kFloat32)
    return PrepareFloats(node, kernels::FloatFunction::kNeg);
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(
      0, {Type::kFloat32, Type::kInt8, Type::kInt16, Type::kInt32, Type::kInt64}));
  return PrepareIntegers(node, kernels::IntegerFunction::kNeg,
                         {Type::kInt8, Type::kInt16, Type::kInt32, Type::kInt64});
}

}  // namespace

extern const OpDef kNeg{.name = "NEG",
                        .code = 59,
                        .max_version = 1,
                        .types = "f32 i8 i16 i32 i64",
                        .kernels = "float32; integer",
                        .prepare = Prepare};

}  // namespace brink::ops
