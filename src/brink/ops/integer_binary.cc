#include <algorithm>
#include <cmath>

#include "brink/ops/binary.h"

namespace brink::ops {
namespace {

using kernels::IntegerOp;

bool Divides(IntegerOp op) {
  return op == IntegerOp::kDiv || op == IntegerOp::kFloorDiv || op == IntegerOp::kFloorMod;
}

template <class T>
Run IntegerRun(IntegerOp op, const Pair& pair, int64_t divisors, kernels::FloatRange range) {
  kernels::IntegerArguments<T> arguments;
  if (std::isfinite(range.low) && range.low > static_cast<float>(arguments.low))
    arguments.low = static_cast<T>(range.low);
  if (std::isfinite(range.high) && range.high < static_cast<float>(arguments.high))
    arguments.high = static_cast<T>(range.high);
  return [=, broadcast = pair.broadcast](const Buffers& b) -> Status {
    if (Divides(op)) {
      const T* divisor = b.in<T>(1);
      if (std::find(divisor, divisor + divisors, T{0}) != divisor + divisors)
        return Fail(Code::kInvalidArgument, "input 1: division by 0");
    }
    auto filled = arguments;
    filled.a = b.in<T>(0);
    filled.b = b.in<T>(1);
    filled.output = b.out<T>(0);
    kernels::IntegerBinary(op, broadcast, filled, b.parallel);
    return {};
  };
}

Run RunOfType(Type type, IntegerOp op, const Pair& pair, int64_t divisors,
              kernels::FloatRange range) {
  switch (type) {
    case Type::kInt8:
      return IntegerRun<int8_t>(op, pair, divisors, range);
    case Type::kUInt8:
      return IntegerRun<uint8_t>(op, pair, divisors, range);
    case Type::kInt16:
      return IntegerRun<int16_t>(op, pair, divisors, range);
    case Type::kUInt16:
      return IntegerRun<uint16_t>(op, pair, divisors, range);
    case Type::kInt32:
      return IntegerRun<int32_t>(op, pair, divisors, range);
    case Type::kUInt32:
      return IntegerRun<uint32_t>(op, pair, divisors, range);
    case Type::kInt64:
      return IntegerRun<int64_t>(op, pair, divisors, range);
    default:
      return {};
  }
}

}  // namespace

Result<Pair> ReadPair(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(1, {node.input(0).type}));
  const Shape& a = node.input(0).shape;
  const Shape& b = node.input(1).shape;
  const Result<Shape> shape = kernels::BroadcastShape(a, b);
  if (!shape) return node.Invalid(shape.error().message);
  Pair pair{.shape = *shape, .broadcast = kernels::MakeBroadcast(a, b)};
  for (int i = 0; i < 2; ++i) {
    if (node.input(i).shape.elements() == shape->elements()) pair.overwritable |= uint64_t{1} << i;
  }
  return pair;
}

Result<Prepared> PrepareIntegerBinary(const NodeView& node, IntegerOp op,
                                      std::initializer_list<Type> types) {
  BRINK_ASSIGN(const Pair pair, ReadPair(node));
  const Type type = node.input(0).type;
  BRINK_TRY(node.CheckInputType(0, types));
  BRINK_TRY(node.CheckOutputType(0, {type}));
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  return Prepared{.shapes = {pair.shape},
                  .kernel = "integer",
                  .run = RunOfType(type, op, pair, node.input(1).shape.elements(),
                                   kernels::ClampRange(activation)),
                  .overwritable = pair.overwritable};
}

Result<Prepared> PrepareFloatOrInteger(const NodeView& node, kernels::FloatPair function,
                                       IntegerOp op, std::initializer_list<Type> integers) {
  if (node.has_input(0) && node.input(0).type != Type::kFloat32)
    return PrepareIntegerBinary(node, op, integers);
  BRINK_ASSIGN(const Pair pair, ReadPair(node));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  return Prepared{.shapes = {pair.shape},
                  .kernel = "float32",
                  .run =
                      [function, broadcast = pair.broadcast](const Buffers& b) {
                        kernels::MapPairsOf(function, broadcast,
                                            {b.in<float>(0), b.in<float>(1), b.out<float>(0), {}},
                                            b.parallel);
                      },
                  .overwritable = pair.overwritable};
}

}  // namespace brink::ops
