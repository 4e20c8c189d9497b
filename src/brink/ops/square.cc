#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kSquare{.name = "SQUARE",
                           .code = 92,
                           .max_version = 1,
                           .types = "f32",
                           .kernels = "float32",
                           .prepare = [](const NodeView& node) {
                             return PrepareFloats(node, kernels::FloatFunction::kSquare);
                           }};

}  // namespace brink::ops
