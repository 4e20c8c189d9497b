// ROUND: ties to even.
#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kRound{.name = "ROUND",
                          .code = 116,
                          .max_version = 1,
                          .types = "f32",
                          .kernels = "float32",
                          .prepare = [](const NodeView& node) {
                            return PrepareFloats(node, kernels::FloatFunction::kRound);
                          }};

}  // namespace brink::ops
