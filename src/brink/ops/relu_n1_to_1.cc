#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kReluN1To1{.name = "RELU_N1_TO_1",
                              .code = 20,
                              .max_version = 3,
                              .types = "f32 i8 u8 i16",
                              .kernels = "16-bit; 8-bit table; float32",
                              .prepare = [](const NodeView& node) {
                                return PrepareClamp(
                                    node, kernels::ClampRange(kernels::Activation::kReluN1To1));
                              }};

}  // namespace brink::ops
