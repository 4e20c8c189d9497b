#include "brink/ops/quantized.h"

#include <algorithm>

namespace brink::ops {

Result<kernels::Affine> AffineOf(const NodeView& node, const Value& value) {
  BRINK_TRY(node.CheckQuantized(value));
  return kernels::Affine{.scale = value.quantization.scale[0],
                         .zero_point = static_cast<int32_t>(value.quantization.zero_point[0])};
}

Result<kernels::QuantizedType> QuantizedTypeOf(const NodeView& node, const Value& value) {
  BRINK_ASSIGN(const kernels::Affine affine, AffineOf(node, value));
  return kernels::QuantizedType{.type = value.type, .affine = affine};
}

kernels::IntRange OutputRange(kernels::Activation activation, Type type, kernels::Affine output) {
  return kernels::QuantizedClampRange(activation, output.scale, output.zero_point, type);
}

bool SameQuantization(const Value& a, const Value& b) {
  return std::ranges::equal(a.quantization.scale, b.quantization.scale) &&
         std::ranges::equal(a.quantization.zero_point, b.quantization.zero_point);
}

}  // namespace brink::ops
