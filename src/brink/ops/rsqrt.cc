// RSQRT: 1 / sqrt(x). A quantised input that is not positive gives the largest value of the output;
// of negative ones TFLite makes an error.
#include <cmath>

#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

// 8 bits: 2^20 / sqrt(x), rounded, then scaled. Source: TFLite elementwise.cc.
StoredFunction InverseRoot(kernels::Affine input, kernels::Affine output) {
  constexpr int kShift = 20;
  kernels::Multiplier multiplier =
      kernels::QuantizeMultiplier(1 / static_cast<double>(std::sqrt(input.scale) * output.scale));
  multiplier.shift -= kShift;
  return [=](int32_t stored) {
    const int32_t value = stored - input.zero_point;
    if (value <= 0) return INT16_MAX;
    const double root = std::round((1 << kShift) / std::sqrt(static_cast<double>(value)));
    return kernels::WrappingAdd(
        kernels::MultiplyByMultiplier(static_cast<int32_t>(root), multiplier), output.zero_point);
  };
}

RealFunction RealInverseRoot(kernels::Affine output) {
  return [most = INT16_MAX * output.scale](float x) { return x <= 0 ? most : 1 / std::sqrt(x); };
}

UnaryFunction Function(const NodeView& node) {
  UnaryFunction function =
      QuantizedFunction(node, kernels::FloatFunction::kRsqrt,
                        [](Type, kernels::Affine output) { return RealInverseRoot(output); });
  function.table = [](kernels::QuantizedType input, kernels::QuantizedType output) {
    return kernels::StoredTable(input.type, output.type, InverseRoot(input.affine, output.affine));
  };
  return function;
}

}  // namespace

extern const OpDef kRsqrt{
    .name = "RSQRT",
    .code = 76,
    .max_version = 3,
    .types = "f32 i8 u8 i16",
    .kernels = "16-bit; 8-bit table; float32",
    .prepare = [](const NodeView& node) { return PrepareUnary(node, Function(node)); }};

}  // namespace brink::ops
