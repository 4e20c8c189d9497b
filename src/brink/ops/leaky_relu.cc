// LEAKY_RELU: LeakyReluOptions {alpha}.
#include <cmath>

#include "brink/kernels/activation_functions.h"
#include "brink/kernels/activation_tables.h"
#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  const float alpha = node.options.Float(0);
  if (!std::isfinite(alpha)) return node.Invalid("alpha is not finite");
  return PrepareUnary(
      node,
      {.floats = [alpha](const auto& arguments,
                         const auto& parallel) { kernels::LeakyRelu(alpha, arguments, parallel); },
       .table =
           [alpha](kernels::QuantizedType input, kernels::QuantizedType output) {
             return kernels::LeakyReluTable(input, output, alpha);
           },
       .slopes =
           [alpha](kernels::QuantizedType input, kernels::QuantizedType output) {
             const double slope = static_cast<double>(input.affine.scale / output.affine.scale);
             return kernels::LineSlopes{static_cast<double>(alpha) * slope, slope,
                                        input.affine.zero_point};
           },
       .shorts = [alpha](kernels::Affine input, kernels::Affine output) -> Result<ShortRun> {
         return [slopes = kernels::MakeLeakyRelu(input, output, alpha)](const auto& arguments,
                                                                        const auto& parallel) {
           kernels::ApplySlopes(slopes, arguments, parallel);
         };
       }});
}

}  // namespace

extern const OpDef kLeakyRelu{.name = "LEAKY_RELU",
                              .code = 98,
                              .max_version = 2,
                              .types = "f32 i8 u8 i16",
                              .kernels = "16-bit; 8-bit lines; 8-bit table; float32",
                              .prepare = Prepare};

}  // namespace brink::ops
