#include "brink/ops/binary.h"

namespace brink::ops {

extern const OpDef kAtan2{.name = "ATAN2",
                          .code = 156,
                          .max_version = 1,
                          .types = "f32",
                          .kernels = "float32",
                          .prepare = [](const NodeView& node) -> Result<Prepared> {
                            BRINK_TRY(node.CheckCounts(2, 2, 1));
                            BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
                            return PrepareFloatOrInteger(node, kernels::FloatPair::kAtan2,
                                                         kernels::IntegerOp::kAdd, {});
                          }};

}  // namespace brink::ops
