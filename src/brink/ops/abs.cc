// ABS: integers that stand for themselves, or quantised ones, scaled where the scales differ.
#include <cstdlib>

#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

StoredFunction Magnitude(kernels::Affine input, kernels::Affine output, Type) {
  const bool scales = input.scale != output.scale;
  const auto multiplier =
      kernels::QuantizeMultiplier(static_cast<double>(input.scale / output.scale));
  return [=](int32_t stored) {
    const int32_t value = std::abs(stored - input.zero_point);
    return kernels::WrappingAdd(scales ? kernels::MultiplyByMultiplier(value, multiplier) : value,
                                output.zero_point);
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  const bool is_integer =
      node.has_input(0) &&
      (node.input(0).type == Type::kInt32 ||
       (node.input(0).type == Type::kInt16 && node.input(0).quantization.empty()));
  if (is_integer)
    return PrepareIntegers(node, kernels::IntegerFunction::kAbs, {Type::kInt16, Type::kInt32});
  return PrepareUnary(node, QuantizedExactly(node, kernels::FloatFunction::kAbs, Magnitude));
}

}  // namespace

extern const OpDef kAbs{.name = "ABS",
                        .code = 101,
                        .max_version = 5,
                        .types = "f32 i8 u8 i16 i32",
                        .kernels = "16-bit; 8-bit table; float32; integer",
                        .prepare = Prepare};

}  // namespace brink::ops
