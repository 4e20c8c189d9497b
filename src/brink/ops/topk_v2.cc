// TOPK_V2: input 1 is k; outputs are the k largest of each row of the last axis, and where they
// stand.
#include <algorithm>

#include "brink/kernels/arg_extremum.h"
#include "brink/ops/of_type.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

template <class T, class Index>
Run TopRun(const kernels::TopProblem& problem) {
  return [problem](const Buffers& b) {
    kernels::TopK(problem, b.in<T>(0), b.out<T>(0), b.out<Index>(1),
                  reinterpret_cast<int64_t*>(b.scratch));
  };
}

Result<int64_t> ReadCount(const NodeView& node, int64_t most) {
  BRINK_TRY(node.CheckInputType(1, {Type::kInt32, Type::kInt16}));
  BRINK_TRY(node.CheckConstant(1));
  const Value& value = node.input(1);
  if (value.shape.elements() != 1) return node.Invalid("input 1: wanted one number");
  const int64_t k =
      value.type == Type::kInt16 ? int64_t{value.as<int16_t>()[0]} : value.as<int32_t>()[0];
  if (k > most) {
    return node.Invalid("input 1: the " + std::to_string(k) + " largest of " +
                        std::to_string(most));
  }
  return std::max<int64_t>(0, k);
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 2));
  BRINK_TRY(node.CheckRank(0, 1, Shape::kMaxRank));
  BRINK_TRY(node.CheckInputType(
      0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16, Type::kInt32, Type::kInt64}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_TRY(node.CheckOutputType(1, {Type::kInt32, Type::kInt16}));
  Shape output = node.input(0).shape;
  const int last = output.rank() - 1;
  kernels::TopProblem problem{.row = output[last]};
  BRINK_ASSIGN(problem.k, ReadCount(node, problem.row));
  for (int axis = 0; axis < last; ++axis) problem.rows *= output[axis];
  output[last] = problem.k;
  const bool narrow = node.output(1).type == Type::kInt16;
  return Prepared{.shapes = {output, output},
                  .kernel = "partial sort",
                  .scratch_bytes = static_cast<size_t>(problem.k) * sizeof(int64_t),
                  .run = OfType(node.input(0).type, [&]<class T>(T) {
                    return narrow ? TopRun<T, int16_t>(problem) : TopRun<T, int32_t>(problem);
                  })};
}

}  // namespace

extern const OpDef kTopkV2{.name = "TOPK_V2",
                           .code = 48,
                           .max_version = 3,
                           .types = "f32 i8 u8 i16 i32 i64",
                           .kernels = "partial sort",
                           .prepare = Prepare};

}  // namespace brink::ops
