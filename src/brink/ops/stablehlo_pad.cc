// STABLEHLO_PAD: {edge_padding_low, edge_padding_high, interior_padding}, 64-bit numbers; input 1
// is what fills.
#include "brink/ops/spread.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  const std::vector<int64_t> low = node.options.Int64s(0);
  const std::vector<int64_t> high = node.options.Int64s(1);
  const std::vector<int64_t> interior = node.options.Int64s(2);
  if (low.size() != high.size() || low.size() != interior.size()) {
    return node.Invalid("options: paddings of " + std::to_string(low.size()) + ", " +
                        std::to_string(high.size()) + " and " + std::to_string(interior.size()) +
                        " axes");
  }
  std::vector<SpreadAxis> axes;
  for (size_t i = 0; i < low.size(); ++i) axes.push_back({low[i], interior[i], high[i]});
  return PrepareSpread(node, axes, 1);
}

}  // namespace

extern const OpDef kStablehloPad{.name = "STABLEHLO_PAD",
                                 .code = 195,
                                 .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                 .kernels = "strided copy",
                                 .prepare = Prepare};

}  // namespace brink::ops
