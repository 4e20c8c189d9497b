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

extern const OpDef kStablehloPad{.name = "STABLEHLO_PAD", .code = 195, .prepare = Prepare};

}  // namespace brink::ops
