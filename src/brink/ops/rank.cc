// RANK: how many axes the input has.
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt32}));
  const std::vector<int32_t> rank = {node.input(0).shape.rank()};
  Prepared prepared{.shapes = {Shape{}}, .kernel = "known"};
  prepared.known.push_back(Tensor::Of<int32_t>({}, rank));
  return prepared;
}

}  // namespace

extern const OpDef kRank{.name = "RANK", .code = 110, .max_version = 1, .prepare = Prepare};

}  // namespace brink::ops
