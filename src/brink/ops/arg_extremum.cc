#include "brink/ops/arg_extremum.h"

#include "brink/ops/of_type.h"

namespace brink::ops {
namespace {

template <class T, class Index>
Run ArgRun(kernels::Extremum extremum, const kernels::ArgProblem& problem) {
  return [extremum, problem](const Buffers& b) {
    kernels::ArgExtremum(extremum, problem, b.in<T>(0), b.out<Index>(0));
  };
}

}  // namespace

Result<Prepared> PrepareArgExtremum(const NodeView& node, kernels::Extremum extremum) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16,
                                    Type::kInt32, Type::kInt64, Type::kBool}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt32, Type::kInt64}));
  BRINK_ASSIGN(const std::vector<int64_t> axes, node.Integers(1));
  if (axes.size() != 1) return node.Invalid("input 1: wanted one axis");
  const Shape& input = node.input(0).shape;
  BRINK_ASSIGN(const int axis, node.Axis(axes[0], input.rank()));
  if (input[axis] < 1)
    return node.Invalid("axis " + std::to_string(axis) + " of " + input.ToString() + " is empty");
  kernels::ArgProblem problem{.extent = input[axis]};
  Shape output;
  for (int i = 0; i < input.rank(); ++i) {
    if (i == axis) continue;
    (i < axis ? problem.outer : problem.inner) *= input[i];
    output.Append(input[i]);
  }
  const bool narrow = node.output(0).type == Type::kInt32;
  return Prepared{
      .shapes = {output}, .kernel = "scan", .run = OfType(node.input(0).type, [&]<class T>(T) {
                                              return narrow ? ArgRun<T, int32_t>(extremum, problem)
                                                            : ArgRun<T, int64_t>(extremum, problem);
                                            })};
}

}  // namespace brink::ops
