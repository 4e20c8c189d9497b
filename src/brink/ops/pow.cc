#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kPow{.name = "POW",
                        .code = 78,
                        .max_version = 1,
                        .types = "f32 i32",
                        .kernels = "float32; integer",
                        .prepare = [](const NodeView& node) {
                          return PrepareFloatOrInteger(node, kernels::FloatPair::kPow,
                                                       kernels::IntegerOp::kPow, {Type::kInt32});
                        }};

}  // namespace brink::ops
