// BROADCAST_ARGS: the shape to which two shapes stretch.
#include <algorithm>

#include "brink/ops/indices.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  const Type type = node.input(0).type;
  BRINK_TRY(node.CheckInputType(0, {Type::kInt32, Type::kInt64}));
  BRINK_TRY(node.CheckInputType(1, {type}));
  BRINK_TRY(node.CheckOutputType(0, {type}));
  BRINK_TRY(node.CheckRank(0, 1, 1));
  BRINK_TRY(node.CheckRank(1, 1, 1));
  const int64_t a_rank = node.input(0).shape[0];
  const int64_t b_rank = node.input(1).shape[0];
  const int64_t rank = std::max(a_rank, b_rank);
  return Prepared{
      .shapes = {{rank}}, .kernel = "broadcast", .run = [=](const Buffers& buffers) -> Status {
        for (int64_t i = 0; i < rank; ++i) {  // from the last axis
          const int64_t a = i < a_rank ? IndexAt(type, buffers.inputs[0], a_rank - 1 - i) : 1;
          const int64_t b = i < b_rank ? IndexAt(type, buffers.inputs[1], b_rank - 1 - i) : 1;
          if (a != b && a != 1 && b != 1) {
            return Fail(Code::kInvalidArgument, "extents " + std::to_string(a) + " and " +
                                                    std::to_string(b) + " do not broadcast");
          }
          const int64_t extent = a == 1 ? b : a;
          if (type == Type::kInt32) {
            buffers.out<int32_t>(0)[rank - 1 - i] = static_cast<int32_t>(extent);
          } else {
            buffers.out<int64_t>(0)[rank - 1 - i] = extent;
          }
        }
        return {};
      }};
}

}  // namespace

extern const OpDef kBroadcastArgs{.name = "BROADCAST_ARGS",
                                  .code = 145,
                                  .max_version = 1,
                                  .types = "i32 i64",
                                  .kernels = "broadcast",
                                  .prepare = Prepare};

}  // namespace brink::ops
