#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  if (node.has_input(0) && node.input(0).type == Type::kFloat32)
    return PrepareFloats(node, kernels::FloatFunction::kSign);
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt32}));
  return PrepareIntegers(node, kernels::IntegerFunction::kSign, {Type::kInt32});
}

}  // namespace

extern const OpDef kSign{.name = "SIGN",
                         .code = 158,
                         .max_version = 2,
                         .types = "f32 i32",
                         .kernels = "float32; integer",
                         .prepare = Prepare};

}  // namespace brink::ops
