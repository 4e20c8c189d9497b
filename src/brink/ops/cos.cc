#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kCos{.name = "COS",
                        .code = 108,
                        .max_version = 2,
                        .types = "f32",
                        .kernels = "float32",
                        .prepare = [](const NodeView& node) {
                          return PrepareFloats(node, kernels::FloatFunction::kCos);
                        }};

}  // namespace brink::ops
