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

extern const OpDef kRank{.name = "RANK",
                         .code = 110,
                         .max_version = 1,
                         .types = "f32 f16 f64 i4 i8 u8 i16 u16 i32 u32 i64 u64 bool c64 string",
                         .kernels = "known",
                         .prepare = Prepare};

}  // namespace brink::ops
