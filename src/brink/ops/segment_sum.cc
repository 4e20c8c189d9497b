// SEGMENT_SUM: as many segments as the numbers of input 1, which ascend from 0 without a gap.
#include "brink/ops/segments.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckRank(1, 1, 1));
  BRINK_ASSIGN(const std::vector<int64_t> numbers, node.Integers(1));
  int64_t last = -1;
  for (const int64_t number : numbers) {
    if (number != last && number != last + 1) {
      return node.Invalid("input 1: segment " + std::to_string(number) + " after " +
                          std::to_string(last));
    }
    last = number;
  }
  return PrepareSegments(node, kernels::Reduction::kSum, last + 1);
}

}  // namespace

extern const OpDef kSegmentSum{.name = "SEGMENT_SUM",
                               .code = 125,
                               .max_version = 1,
                               .types = "f32 i32",
                               .kernels = "segments",
                               .prepare = Prepare};

}  // namespace brink::ops
