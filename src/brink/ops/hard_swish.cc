#include "brink/kernels/activation_functions.h"
#include "brink/kernels/activation_tables.h"
#include "brink/ops/quantized.h"
#include "brink/ops/unary.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  std::optional<kernels::ByteTable> table;
  if (IsByte(node.input(0).type) && node.output(0).type == node.input(0).type) {
    BRINK_ASSIGN(const auto from, QuantizedTypeOf(node, node.input(0)));
    BRINK_ASSIGN(const auto to, QuantizedTypeOf(node, node.output(0)));
    table = kernels::HardSwishTable(from, to);
    if (!table) {
      return node.Unsupported("an output scale of " + std::to_string(to.affine.scale) +
                              " for an input scale of " + std::to_string(from.affine.scale) +
                              ", wanted at least a 128th");
    }
  }
  return PrepareUnary(node, {.floats = kernels::HardSwish,
                             .table = [&](const auto&, const auto&) { return *table; }});
}

}  // namespace

extern const OpDef kHardSwish{.name = "HARD_SWISH",
                              .code = 117,
                              .max_version = 1,
                              .types = "f32 i8 u8",
                              .kernels = "8-bit table; float32",
                              .prepare = Prepare};

}  // namespace brink::ops
