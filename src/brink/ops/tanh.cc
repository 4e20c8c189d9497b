#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  const auto shorts = [&](kernels::Affine input, kernels::Affine output) -> Result<ShortRun> {
    BRINK_TRY(CheckShortUnitScale(node, input, output));
    return [scale = input.scale](const auto& arguments, const auto& parallel) {
      kernels::Tanh(scale, arguments, parallel);
    };
  };
  return PrepareUnary(node,
                      {.floats = [](const auto& arguments,
                                    const auto& parallel) { kernels::Tanh(arguments, parallel); },
                       .table = kernels::TanhTable,
                       .shorts = shorts});
}

}  // namespace

extern const OpDef kTanh{.name = "TANH",
                         .code = 28,
                         .max_version = 3,
                         .types = "f32 i8 u8 i16",
                         .kernels = "16-bit; 8-bit table; float32",
                         .prepare = Prepare};

}  // namespace brink::ops
