#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kRelu0To1{.name = "RELU_0_TO_1",
                             .code = 152,
                             .max_version = 1,
                             .types = "f32 i8 u8 i16",
                             .kernels = "16-bit; 8-bit table; float32",
                             .prepare = [](const NodeView& node) {
                               return PrepareClamp(node, kernels::FloatRange{0.0F, 1.0F});
                             }};

}  // namespace brink::ops
