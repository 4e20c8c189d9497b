// PRELU: input 1 is the slope of negative values, whose shape stretches to the input's.
#include "brink/kernels/elementwise.h"
#include "brink/kernels/quantized_prelu.h"
#include "brink/ops/op.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

template <class T, class Alpha>
Run QuantizedRun(const kernels::QuantizedPrelu& prelu, const kernels::Broadcast& broadcast) {
  return [prelu, broadcast](const Buffers& b) {
    kernels::Prelu(
        prelu, broadcast,
        kernels::QuantizedPreluArguments<T, Alpha>{b.in<T>(0), b.in<Alpha>(1), b.out<T>(0)},
        b.parallel);
  };
}

Result<Prepared> PrepareQuantized(const NodeView& node, const kernels::Broadcast& broadcast,
                                  Prepared prepared) {
  const Type type = node.input(0).type;
  BRINK_ASSIGN(const kernels::Affine input, AffineOf(node, node.input(0)));
  BRINK_ASSIGN(const kernels::Affine alpha, AffineOf(node, node.input(1)));
  BRINK_ASSIGN(const kernels::Affine output, AffineOf(node, node.output(0)));
  const auto prelu = kernels::MakeQuantizedPrelu(input, alpha, output, kernels::TypeRange(type));
  prepared.kernel = "quantised";
  if (type == Type::kInt16) {
    prepared.run = QuantizedRun<int16_t, int8_t>(prelu, broadcast);
  } else if (type == Type::kInt8) {
    prepared.run = QuantizedRun<int8_t, int8_t>(prelu, broadcast);
  } else {
    prepared.run = QuantizedRun<uint8_t, uint8_t>(prelu, broadcast);
  }
  return prepared;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16}));
  const Value& input = node.input(0);
  BRINK_TRY(node.CheckInputType(1, {input.type == Type::kInt16 ? Type::kInt8 : input.type}));
  BRINK_TRY(node.CheckOutputType(0, {input.type}));
  const Result<Shape> shape = kernels::BroadcastShape(input.shape, node.input(1).shape);
  if (!shape || !(*shape == input.shape)) {
    return node.Invalid("input 1: shape " + node.input(1).shape.ToString() +
                        " does not stretch to " + input.shape.ToString());
  }
  const kernels::Broadcast broadcast = kernels::MakeBroadcast(input.shape, node.input(1).shape);
  Prepared prepared{.shapes = {input.shape}, .kernel = "float32", .overwritable = 1};
  if (input.type != Type::kFloat32) return PrepareQuantized(node, broadcast, std::move(prepared));
  prepared.run = [broadcast](const Buffers& b) {
    kernels::Binary(kernels::BinaryOp::kPrelu, broadcast,
                    {b.in<float>(0), b.in<float>(1), b.out<float>(0), {}}, b.parallel);
  };
  return prepared;
}

}  // namespace

extern const OpDef kPrelu{.name = "PRELU",
                          .code = 54,
                          .max_version = 1,
                          .types = "f32 i8 u8",
                          .kernels = "float32; quantised",
                          .prepare = Prepare};

}  // namespace brink::ops
