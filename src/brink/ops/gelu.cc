// GELU: GeluOptions {approximate}.
#include "brink/kernels/activation_functions.h"
#include "brink/kernels/activation_tables.h"
#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  const bool approximate = node.options.Bool(0);
  return PrepareUnary(
      node,
      {.floats = [approximate](
                     const auto& arguments,
                     const auto& parallel) { kernels::Gelu(approximate, arguments, parallel); },
       .table =
           [approximate](kernels::QuantizedType input, kernels::QuantizedType output) {
             return kernels::GeluTable(input, output, approximate);
           },
       .shorts = [approximate](kernels::Affine input, kernels::Affine output) -> Result<ShortRun> {
         const auto table = kernels::MakeShortTable(
             input, output, [&](float x) { return kernels::Gelu(approximate, x); });
         return [table](const auto& arguments, const auto& parallel) {
           kernels::ApplyTable(table, arguments, parallel);
         };
       }});
}

}  // namespace

extern const OpDef kGelu{.name = "GELU",
                         .code = 150,
                         .max_version = 2,
                         .types = "f32 i8 u8 i16",
                         .kernels = "16-bit; 8-bit table; float32",
                         .prepare = Prepare};

}  // namespace brink::ops
