#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kSin{.name = "SIN",
                        .code = 66,
                        .max_version = 2,
                        .types = "f32",
                        .kernels = "float32",
                        .prepare = [](const NodeView& node) {
                          return PrepareFloats(node, kernels::FloatFunction::kSin);
                        }};

}  // namespace brink::ops
