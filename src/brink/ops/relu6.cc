#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kRelu6{.name = "RELU6",
                          .code = 21,
                          .max_version = 3,
                          .types = "f32 i8 u8 i16",
                          .kernels = "16-bit; 8-bit table; float32",
                          .prepare = [](const NodeView& node) {
                            return PrepareClamp(node,
                                                kernels::ClampRange(kernels::Activation::kRelu6));
                          }};

}  // namespace brink::ops
