#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  const auto shorts = [&](kernels::Affine input, kernels::Affine output) -> Result<ShortRun> {
    BRINK_TRY(CheckShortUnitScale(node, input, output));
    return [scale = input.scale](const auto& arguments, const auto& parallel) {
      kernels::Logistic(scale, arguments, parallel);
    };
  };
  return PrepareUnary(
      node, {.floats = [](const auto& arguments,
                          const auto& parallel) { kernels::Logistic(arguments, parallel); },
             .table = kernels::LogisticTable,
             .shorts = shorts});
}

}  // namespace

extern const OpDef kLogistic{.name = "LOGISTIC",
                             .code = 14,
                             .max_version = 3,
                             .types = "f32 i8 u8 i16",
                             .kernels = "16-bit; 8-bit table; float32",
                             .prepare = Prepare};

}  // namespace brink::ops
