#include "brink/ops/binary.h"

#include "brink/kernels/broadcast.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

using kernels::BinaryOp;

bool HasByteForm(BinaryOp op) {
  return op == BinaryOp::kAdd || op == BinaryOp::kSub || op == BinaryOp::kMul;
}

struct Quantized {
  kernels::Affine a;
  kernels::Affine b;
  kernels::Affine output;
  kernels::IntRange range;
};

Result<Quantized> ReadQuantized(const NodeView& node, kernels::Activation activation) {
  Quantized q;
  BRINK_ASSIGN(q.a, AffineOf(node, node.input(0)));
  BRINK_ASSIGN(q.b, AffineOf(node, node.input(1)));
  BRINK_ASSIGN(q.output, AffineOf(node, node.output(0)));
  q.range = OutputRange(activation, node.output(0).type, q.output);
  return q;
}

template <class T>
Run QuantizedRun(BinaryOp op, const Quantized& q, const kernels::Broadcast& broadcast) {
  if (op == BinaryOp::kMul) {
    return [broadcast,
            mul = kernels::MakeQuantizedMul(q.a, q.b, q.output, q.range)](const Buffers& b) {
      kernels::Mul(mul, broadcast, {b.in<T>(0), b.in<T>(1), b.out<T>(0)}, b.parallel);
    };
  }
  const auto add = op == BinaryOp::kAdd ? kernels::MakeQuantizedAdd(q.a, q.b, q.output, q.range)
                                        : kernels::MakeQuantizedSub(q.a, q.b, q.output, q.range);
  return [broadcast, add](const Buffers& b) {
    kernels::Add(add, broadcast, {b.in<T>(0), b.in<T>(1), b.out<T>(0)}, b.parallel);
  };
}

}  // namespace

Result<Prepared> PrepareBinary(const NodeView& node, BinaryOp op) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  const Type type = node.input(0).type;
  if (HasByteForm(op)) {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8}));
  } else {
    BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  }
  BRINK_TRY(node.CheckInputType(1, {type}));
  BRINK_TRY(node.CheckOutputType(0, {type}));
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  const Result<Shape> shape = kernels::BroadcastShape(node.input(0).shape, node.input(1).shape);
  if (!shape) return node.Invalid(shape.error().message);
  const auto broadcast = kernels::MakeBroadcast(node.input(0).shape, node.input(1).shape);
  Prepared prepared{.shapes = {*shape}};
  for (int i = 0; i < 2; ++i) {
    if (node.input(i).shape.elements() == shape->elements())
      prepared.overwritable |= uint64_t{1} << i;
  }
  if (type == Type::kFloat32) {
    prepared.kernel = "float32";
    prepared.run = [op, broadcast, range = kernels::ClampRange(activation)](const Buffers& b) {
      kernels::Binary(op, broadcast, {b.in<float>(0), b.in<float>(1), b.out<float>(0), range},
                      b.parallel);
    };
    return prepared;
  }
  BRINK_ASSIGN(const Quantized q, ReadQuantized(node, activation));
  prepared.kernel = "8-bit";
  prepared.run = type == Type::kInt8 ? QuantizedRun<int8_t>(op, q, broadcast)
                                     : QuantizedRun<uint8_t>(op, q, broadcast);
  return prepared;
}

}  // namespace brink::ops
