#include "brink/ops/pool.h"

#include "brink/kernels/pool.h"
#include "brink/ops/quantized.h"
#include "brink/ops/window.h"

namespace brink::ops {
namespace {

template <class T, class Problem>
Run PoolRun(PoolKind kind, const Problem& problem) {
  if (kind == PoolKind::kMax) {
    return [problem](const Buffers& b) {
      kernels::MaxPool(problem, b.in<T>(0), b.out<T>(0), b.parallel);
    };
  }
  return [problem](const Buffers& b) {
    kernels::AveragePool(problem, b.in<T>(0), b.out<T>(0), b.parallel);
  };
}

Run L2Run(const kernels::PoolProblem& problem) {
  return [problem](const Buffers& b) {
    kernels::L2Pool(problem, b.in<float>(0), b.out<float>(0), b.parallel);
  };
}

Run QuantizedRun(PoolKind kind, Type type, const kernels::QuantizedPoolProblem& problem) {
  if (type == Type::kInt8) return PoolRun<int8_t>(kind, problem);
  return type == Type::kUInt8 ? PoolRun<uint8_t>(kind, problem) : PoolRun<int16_t>(kind, problem);
}

}  // namespace

Result<Prepared> PreparePool(const NodeView& node, PoolKind kind) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  if (kind == PoolKind::kRootMeanSquare) {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  } else {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16}));
  }
  BRINK_TRY(node.CheckRank(0, 4, 4));
  const Value& input = node.input(0);
  BRINK_TRY(node.CheckOutputType(0, {input.type}));
  const model::OptionsReader& options = node.options;
  BRINK_ASSIGN(const kernels::Conv2dShape shape,
               PlaceWindow(node, {.height = options.Int32(4),
                                  .width = options.Int32(3),
                                  .stride_height = options.Int32(2),
                                  .stride_width = options.Int32(1),
                                  .padding = options.Int8(0),
                                  .out_channels = input.shape[3]}));
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  Prepared prepared{.shapes = {OutputShape(shape)}, .kernel = "float32"};
  if (input.type == Type::kFloat32) {
    const kernels::PoolProblem problem{.shape = shape, .range = kernels::ClampRange(activation)};
    prepared.run =
        kind == PoolKind::kRootMeanSquare ? L2Run(problem) : PoolRun<float>(kind, problem);
    return prepared;
  }
  BRINK_ASSIGN(const kernels::Affine output, AffineOf(node, node.output(0)));
  if (!SameQuantization(input, node.output(0))) {
    return node.Unsupported("input and output with different scales or zero points");
  }
  const kernels::QuantizedPoolProblem problem{.shape = shape,
                                              .range = OutputRange(activation, input.type, output)};
  prepared.kernel = input.type == Type::kInt16 ? "16-bit" : "8-bit";
  prepared.run = QuantizedRun(kind, input.type, problem);
  return prepared;
}

}  // namespace brink::ops
