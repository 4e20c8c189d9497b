#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kCeil{.name = "CEIL",
                         .code = 104,
                         .max_version = 1,
                         .types = "f32",
                         .kernels = "float32",
                         .prepare = [](const NodeView& node) {
                           return PrepareFloats(node, kernels::FloatFunction::kCeil);
                         }};

}  // namespace brink::ops
