// ADD_N: the sum of all inputs, which have one shape.
#include "brink/ops/binary.h"

namespace brink::ops {
namespace {

// The output is the first two inputs' sum, to which each other is added.
template <class Add>
Run SumRun(Add add) {
  return [add](const Buffers& b) {
    add(b.inputs[0], b.inputs[1], b.outputs[0], b.parallel);
    for (size_t i = 2; i < b.inputs.size(); ++i)
      add(b.outputs[0], b.inputs[i], b.outputs[0], b.parallel);
  };
}

Run FloatRun(const kernels::Broadcast& broadcast) {
  return SumRun([broadcast](const void* a, const void* b, void* sum, const auto& parallel) {
    kernels::Binary(
        kernels::BinaryOp::kAdd, broadcast,
        {static_cast<const float*>(a), static_cast<const float*>(b), static_cast<float*>(sum), {}},
        parallel);
  });
}

Run IntegerRun(const kernels::Broadcast& broadcast) {
  return SumRun([broadcast](const void* a, const void* b, void* sum, const auto& parallel) {
    kernels::IntegerArguments<int32_t> arguments;
    arguments.a = static_cast<const int32_t*>(a);
    arguments.b = static_cast<const int32_t*>(b);
    arguments.output = static_cast<int32_t*>(sum);
    kernels::IntegerBinary(kernels::IntegerOp::kAdd, broadcast, arguments, parallel);
  });
}

Result<Prepared> Prepare(const NodeView& node) {
  constexpr int kMostInputs = 1 << 16;
  BRINK_TRY(node.CheckCounts(2, kMostInputs, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt32}));
  const Type type = node.input(0).type;
  const Shape& shape = node.input(0).shape;
  BRINK_TRY(node.CheckOutputType(0, {type}));
  for (int i = 1; i < static_cast<int>(node.inputs.size()); ++i) {
    if (!node.has_input(i)) return node.Invalid("input " + std::to_string(i) + " is left out");
    BRINK_TRY(node.CheckInputType(i, {type}));
    if (!(node.input(i).shape == shape)) {
      return node.Invalid("input " + std::to_string(i) + ": shape " +
                          node.input(i).shape.ToString() + ", input 0 has " + shape.ToString());
    }
  }
  const auto broadcast = kernels::MakeBroadcast(shape, shape);
  const bool floats = type == Type::kFloat32;
  return Prepared{.shapes = {shape},
                  .kernel = floats ? "float32" : "integer",
                  .run = floats ? FloatRun(broadcast) : IntegerRun(broadcast)};
}

}  // namespace

extern const OpDef kAddN{.name = "ADD_N",
                         .code = 106,
                         .max_version = 1,
                         .types = "f32 i32",
                         .kernels = "float32; integer",
                         .prepare = Prepare};

}  // namespace brink::ops
