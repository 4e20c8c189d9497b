#include <cmath>

#include "brink/ops/unary.h"

namespace brink::ops {

extern const OpDef kExp{.name = "EXP",
                        .code = 47,
                        .max_version = 2,
                        .types = "f32 i8 u8 i16",
                        .kernels = "16-bit; 8-bit table; float32",
                        .prepare = [](const NodeView& node) {
                          return PrepareUnary(
                              node, QuantizedFunction(node, kernels::FloatFunction::kExp,
                                                      [](Type, kernels::Affine) -> RealFunction {
                                                        return [](float x) { return std::exp(x); };
                                                      }));
                        }};

}  // namespace brink::ops
