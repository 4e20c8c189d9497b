#include "brink/ops/binary.h"

#include <cmath>
#include <complex>
#include <optional>

#include "brink/kernels/quantized_elementwise.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

using kernels::BinaryOp;
using kernels::IntegerOp;

struct Quantized {
  kernels::Affine a;
  kernels::Affine b;
  kernels::Affine output;
  kernels::IntRange range;
  bool shifts = false;  // 16 bits, and scales that are powers of two are used as such
};

IntegerOp IntegerFormOf(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd:
      return IntegerOp::kAdd;
    case BinaryOp::kSub:
      return IntegerOp::kSub;
    case BinaryOp::kMul:
      return IntegerOp::kMul;
    case BinaryOp::kDiv:
      return IntegerOp::kDiv;
    case BinaryOp::kMaximum:
      return IntegerOp::kMaximum;
    case BinaryOp::kMinimum:
      return IntegerOp::kMinimum;
    default:
      return IntegerOp::kSquaredDifference;
  }
}

bool IsExtremum(BinaryOp op) { return op == BinaryOp::kMaximum || op == BinaryOp::kMinimum; }

// The exponent of a power of two.
std::optional<int> Exponent(float scale) {
  int exponent = 0;
  if (!(scale > 0) || std::frexp(scale, &exponent) != 0.5F) return std::nullopt;
  return exponent - 1;
}

Result<Quantized> ReadQuantized(const NodeView& node, BinaryOp op, kernels::Activation activation) {
  Quantized q;
  BRINK_ASSIGN(q.a, AffineOf(node, node.input(0)));
  BRINK_ASSIGN(q.b, AffineOf(node, node.input(1)));
  BRINK_ASSIGN(q.output, AffineOf(node, node.output(0)));
  q.range = OutputRange(activation, node.output(0).type, q.output);
  if (node.input(0).type != Type::kInt16) return q;
  if (q.a.zero_point != 0 || q.b.zero_point != 0 || q.output.zero_point != 0)
    return node.Unsupported("INT16 with a zero point that is not 0");
  constexpr int kPowersOfTwoField = 1;
  const bool sums = op == BinaryOp::kAdd || op == BinaryOp::kSub;
  q.shifts = sums && node.options.Bool(kPowersOfTwoField, true);
  return q;
}

// Where the older kernel of 16-bit sums applies.
std::optional<kernels::ShiftedAdd> Shifts(BinaryOp op, const Quantized& q) {
  const auto a = Exponent(q.a.scale);
  const auto b = Exponent(q.b.scale);
  const auto output = Exponent(q.output.scale);
  if (!q.shifts || !a || !b || !output) return std::nullopt;
  const int by_a = *output - *a;
  const int by_b = *output - *b;
  constexpr int kMost = 31;
  if (by_a < 0 || by_b < 0 || by_a > kMost || by_b > kMost || (by_a != 0 && by_b != 0))
    return std::nullopt;
  return kernels::ShiftedAdd{
      .a_shift = by_a, .b_shift = by_b, .subtracts = op == BinaryOp::kSub, .range = q.range};
}

template <class T>
Run QuantizedSum(BinaryOp op, const Quantized& q, const kernels::Broadcast& broadcast) {
  if constexpr (sizeof(T) == 2) {
    if (const auto shifted = Shifts(op, q)) {
      return [broadcast, add = *shifted](const Buffers& b) {
        kernels::Add(add, broadcast, {b.in<T>(0), b.in<T>(1), b.out<T>(0)}, b.parallel);
      };
    }
  }
  const int shift = sizeof(T) == 2 ? 15 : 20;
  const auto make = op == BinaryOp::kAdd ? kernels::MakeQuantizedAdd : kernels::MakeQuantizedSub;
  kernels::QuantizedAdd sum = make(q.a, q.b, q.output, q.range, shift);
  if (sizeof(T) == 1 && broadcast.elements() >= kernels::kLeastWorthCertainty)
    kernels::FindCertainty(sum, std::is_signed_v<T>);
  return [broadcast, add = sum](const Buffers& b) {
    kernels::Add(add, broadcast, {b.in<T>(0), b.in<T>(1), b.out<T>(0)}, b.parallel);
  };
}

template <class T>
Run QuantizedRun(BinaryOp op, const Quantized& q, const kernels::Broadcast& broadcast) {
  if (op == BinaryOp::kMul) {
    return [broadcast,
            mul = kernels::MakeQuantizedMul(q.a, q.b, q.output, q.range)](const Buffers& b) {
      kernels::Mul(mul, broadcast, {b.in<T>(0), b.in<T>(1), b.out<T>(0)}, b.parallel);
    };
  }
  if (op == BinaryOp::kDiv) {
    return [broadcast, div = kernels::QuantizedDiv{q.a, q.b, q.output, q.range}](const Buffers& b) {
      kernels::Div<T>(div, broadcast, {b.in<T>(0), b.in<T>(1), b.out<T>(0)}, b.parallel);
    };
  }
  return QuantizedSum<T>(op, q, broadcast);
}

Run SquaredDifferenceRun(const Quantized& q, const kernels::Broadcast& broadcast) {
  const auto difference = kernels::MakeQuantizedDifference(q.a, q.b, q.output, q.range);
  return [broadcast, difference](const Buffers& b) {
    kernels::SquaredDifference(difference, broadcast,
                               {b.in<int8_t>(0), b.in<int8_t>(1), b.out<int8_t>(0)}, b.parallel);
  };
}

Run FloatRun(BinaryOp op, const kernels::Broadcast& broadcast, kernels::FloatRange range) {
  return [op, broadcast, range](const Buffers& b) {
    kernels::Binary(op, broadcast, {b.in<float>(0), b.in<float>(1), b.out<float>(0), range},
                    b.parallel);
  };
}

Run ComplexRun(const kernels::Broadcast& broadcast) {
  using Complex = std::complex<float>;
  return [broadcast](const Buffers& b) {
    kernels::ComplexMul(broadcast, {b.in<Complex>(0), b.in<Complex>(1), b.out<Complex>(0)},
                        b.parallel);
  };
}

Status CheckType(const NodeView& node, BinaryOp op) {
  if (IsExtremum(op)) {
    return node.CheckInputType(
        0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16, Type::kInt32, Type::kInt64});
  }
  if (op == BinaryOp::kSquaredDifference)
    return node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kInt32});
  if (op == BinaryOp::kMul) {
    return node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16,
                                   Type::kInt32, Type::kUInt32, Type::kInt64, Type::kComplex64});
  }
  return node.CheckInputType(
      0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16, Type::kInt32, Type::kInt64});
}

Result<Prepared> PrepareQuantized(const NodeView& node, BinaryOp op, Prepared prepared,
                                  const kernels::Broadcast& broadcast) {
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  BRINK_ASSIGN(const Quantized q, ReadQuantized(node, op, activation));
  const Type type = node.input(0).type;
  prepared.kernel = type == Type::kInt16 ? "16-bit" : "8-bit";
  if (op == BinaryOp::kSquaredDifference) {
    prepared.run = SquaredDifferenceRun(q, broadcast);
  } else if (type == Type::kInt8) {
    prepared.run = QuantizedRun<int8_t>(op, q, broadcast);
  } else if (type == Type::kUInt8) {
    prepared.run = QuantizedRun<uint8_t>(op, q, broadcast);
  } else {
    prepared.run = QuantizedRun<int16_t>(op, q, broadcast);
  }
  return prepared;
}

}  // namespace

Result<Prepared> PrepareBinary(const NodeView& node, BinaryOp op) {
  BRINK_ASSIGN(const Pair pair, ReadPair(node));
  BRINK_TRY(CheckType(node, op));
  const Type type = node.input(0).type;
  BRINK_TRY(node.CheckOutputType(0, {type}));
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  Prepared prepared{.shapes = {pair.shape}, .overwritable = pair.overwritable};
  if (type == Type::kFloat32) {
    prepared.kernel = "float32";
    prepared.run = FloatRun(op, pair.broadcast, kernels::ClampRange(activation));
    return prepared;
  }
  if (type == Type::kComplex64) {
    if (activation != kernels::Activation::kNone)
      return node.Unsupported("an activation of complex numbers");
    prepared.kernel = "complex64";
    prepared.run = ComplexRun(pair.broadcast);
    return prepared;
  }
  const bool quantised =
      IsByte(type) || (type == Type::kInt16 && !node.input(0).quantization.empty());
  if (quantised && !IsExtremum(op))
    return PrepareQuantized(node, op, std::move(prepared), pair.broadcast);
  return PrepareIntegerBinary(node, IntegerFormOf(op), {type});
}

}  // namespace brink::ops
