#include "brink/ops/reduction.h"

#include <algorithm>

#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

using kernels::Reduction;

template <class T>
Run ReduceRun(Reduction reduction, const kernels::ReduceProblem& problem) {
  return [reduction, problem](const Buffers& b) {
    kernels::Reduce<T>(reduction, problem, b.in<T>(0), b.out<T>(0), b.parallel);
  };
}

template <class T>
Run SumRun(const kernels::QuantizedSum& sum, const kernels::ReduceProblem& problem) {
  return [sum, problem](const Buffers& b) {
    kernels::Sum<T>(sum, problem, b.in<T>(0), b.out<T>(0), reinterpret_cast<int64_t*>(b.scratch));
  };
}

template <class T>
Run ProdRun(const kernels::QuantizedProd& prod, const kernels::ReduceProblem& problem) {
  return [prod, problem](const Buffers& b) {
    kernels::Prod<T>(prod, problem, b.in<T>(0), b.out<T>(0), reinterpret_cast<int64_t*>(b.scratch));
  };
}

// The step of the tensor's type, which is one of 8 or 16 bits.
template <class MakeSigned, class MakeUnsigned, class MakeShort>
Run OfSmallType(Type type, MakeSigned make_signed, MakeUnsigned make_unsigned,
                MakeShort make_short) {
  if (type == Type::kInt8) return make_signed();
  return type == Type::kUInt8 ? make_unsigned() : make_short();
}

Run PlainRun(Type type, Reduction reduction, const kernels::ReduceProblem& problem) {
  switch (type) {
    case Type::kFloat32:
      return [reduction, problem](const Buffers& b) {
        kernels::ReduceFloats(reduction, problem, b.in<float>(0), b.out<float>(0), b.parallel);
      };
    case Type::kInt8:
      return ReduceRun<int8_t>(reduction, problem);
    case Type::kUInt8:
    case Type::kBool:
      return ReduceRun<uint8_t>(reduction, problem);
    case Type::kInt16:
      return ReduceRun<int16_t>(reduction, problem);
    case Type::kInt32:
      return ReduceRun<int32_t>(reduction, problem);
    default:
      return ReduceRun<int64_t>(reduction, problem);
  }
}

Result<Prepared> PrepareQuantizedProd(const NodeView& node, const ReducedShape& reduced) {
  BRINK_ASSIGN(const kernels::Affine input, AffineOf(node, node.input(0)));
  BRINK_ASSIGN(const kernels::Affine output, AffineOf(node, node.output(0)));
  const Type type = node.input(0).type;
  const auto& problem = reduced.problem;
  const auto prod =
      kernels::MakeQuantizedProd(input, output, kernels::TypeRange(type), problem.each());
  return Prepared{.shapes = {reduced.output},
                  .kernel = "quantised",
                  .scratch_bytes = static_cast<size_t>(problem.outputs()) * sizeof(int64_t),
                  .run = OfSmallType(
                      type, [&] { return ProdRun<int8_t>(prod, problem); },
                      [&] { return ProdRun<uint8_t>(prod, problem); },
                      [&] { return ProdRun<int16_t>(prod, problem); })};
}

}  // namespace

Result<ReducedShape> ReadReduction(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_ASSIGN(const std::vector<int64_t> axes, node.Integers(1));
  const Shape& input = node.input(0).shape;
  ReducedShape reduced{.problem = {.input = input}};
  for (const int64_t which : axes) {
    if (input.rank() == 0) break;  // a scalar's axis goes unused
    BRINK_ASSIGN(const int axis, node.Axis(which, input.rank()));
    reduced.problem.reduced[static_cast<size_t>(axis)] = true;
  }
  const bool keeps = node.options.Bool(0);
  for (int axis = 0; axis < input.rank(); ++axis) {
    if (!reduced.problem.reduced[static_cast<size_t>(axis)]) {
      reduced.output.Append(input[axis]);
    } else if (keeps) {
      reduced.output.Append(1);
    }
  }
  return reduced;
}

Result<Prepared> PrepareReduce(const NodeView& node, Reduction reduction) {
  BRINK_ASSIGN(const ReducedShape reduced, ReadReduction(node));
  BRINK_TRY(node.CheckInputType(
      0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16, Type::kInt32, Type::kInt64}));
  const Type type = node.input(0).type;
  const bool quantised =
      (IsByte(type) || type == Type::kInt16) && !node.input(0).quantization.empty();
  if (quantised && reduction == Reduction::kProd) return PrepareQuantizedProd(node, reduced);
  if (quantised && reduction == Reduction::kSum)
    return PrepareQuantizedSum(node, kernels::SumKind::kSum);
  if (quantised && !SameQuantization(node.input(0), node.output(0)))
    return node.Unsupported("an output whose quantisation is not the input's");
  return Prepared{.shapes = {reduced.output},
                  .kernel = "reduce",
                  .run = PlainRun(type, reduction, reduced.problem)};
}

Result<Prepared> PrepareLogicalReduce(const NodeView& node, Reduction reduction) {
  BRINK_ASSIGN(const ReducedShape reduced, ReadReduction(node));
  BRINK_TRY(node.CheckInputType(0, {Type::kBool}));
  // Over nothing "any" is false and "all" is true, which are the extrema of a bool, not of a byte.
  if (reduced.problem.each() == 0) {
    const std::byte value{static_cast<uint8_t>(reduction == Reduction::kMin ? 1 : 0)};
    return Prepared{.shapes = {reduced.output},
                    .kernel = "bool",
                    .run = [value, count = reduced.problem.outputs()](const Buffers& b) {
                      std::fill_n(b.outputs[0], count, value);
                    }};
  }
  return Prepared{.shapes = {reduced.output},
                  .kernel = "bool",
                  .run = PlainRun(Type::kBool, reduction, reduced.problem)};
}

Result<Prepared> PrepareQuantizedSum(const NodeView& node, kernels::SumKind kind) {
  BRINK_ASSIGN(const ReducedShape reduced, ReadReduction(node));
  BRINK_ASSIGN(const kernels::Affine input, AffineOf(node, node.input(0)));
  BRINK_ASSIGN(const kernels::Affine output, AffineOf(node, node.output(0)));
  const Type type = node.input(0).type;
  const auto& problem = reduced.problem;
  const auto sum =
      kernels::MakeQuantizedSum(kind, input, output, kernels::TypeRange(type), problem.each());
  return Prepared{.shapes = {reduced.output},
                  .kernel = "quantised",
                  .scratch_bytes = static_cast<size_t>(problem.outputs()) * sizeof(int64_t),
                  .run = OfSmallType(
                      type, [&] { return SumRun<int8_t>(sum, problem); },
                      [&] { return SumRun<uint8_t>(sum, problem); },
                      [&] { return SumRun<int16_t>(sum, problem); })};
}

}  // namespace brink::ops
