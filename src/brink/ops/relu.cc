#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kRelu{.name = "RELU",
                         .code = 19,
                         .max_version = 3,
                         .types = "f32 i8 u8 i16",
                         .kernels = "16-bit; 8-bit table; float32",
                         .prepare = [](const NodeView& node) {
                           return PrepareClamp(node,
                                               kernels::ClampRange(kernels::Activation::kRelu));
                         }};

}  // namespace brink::ops
