// SQRT: a quantised input is rounded towards 0; a negative one, of which TFLite makes an error, is
// 0.
#include <algorithm>
#include <cmath>

#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

StoredFunction SquareRoot(kernels::Affine input, kernels::Affine output, Type) {
  return [input, output](int32_t stored) {
    const float real = std::max(0.0F, input.scale * static_cast<float>(stored - input.zero_point));
    return static_cast<int32_t>(std::min(1e6F, std::sqrt(real) / output.scale)) + output.zero_point;
  };
}

}  // namespace

extern const OpDef kSqrt{
    .name = "SQRT",
    .code = 75,
    .max_version = 2,
    .types = "f32 i8 u8 i16",
    .kernels = "16-bit; 8-bit table; float32",
    .prepare = [](const NodeView& node) {
      return PrepareUnary(node, QuantizedExactly(node, kernels::FloatFunction::kSqrt, SquareRoot));
    }};

}  // namespace brink::ops
