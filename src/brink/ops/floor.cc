#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kFloor{.name = "FLOOR",
                          .code = 8,
                          .max_version = 1,
                          .types = "f32",
                          .kernels = "float32",
                          .prepare = [](const NodeView& node) {
                            return PrepareFloats(node, kernels::FloatFunction::kFloor);
                          }};

}  // namespace brink::ops
