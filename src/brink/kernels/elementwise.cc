#include "brink/kernels/elementwise.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/elementwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/exponential-inl.h"
#include "brink/kernels/pair_pieces.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

void LogisticRange(const float* input, float* output, size_t count) {
  MapVectors(input, output, count, [](FloatVector x) HWY_ATTR { return LogisticOf(x); });
}

void TanhRange(const float* input, float* output, size_t count) {
  MapVectors(input, output, count, [](FloatVector x) HWY_ATTR { return TanhOf(x); });
}

void ClampRange(FloatRange range, const float* input, float* output, size_t count) {
  const FloatVector low = hn::Set(kFloat, range.low);
  const FloatVector high = hn::Set(kFloat, range.high);
  MapVectors(input, output, count, [&](FloatVector x) HWY_ATTR { return ClampTo(low, high, x); });
}

// One row of a broadcast: an input that stretches is one value.
struct PairRow {
  const float* a;
  const float* b;
  float* output;
  size_t count;
  bool a_stretches;
  bool b_stretches;
};

template <class Operator>
void MapRow(const PairRow& row, FloatRange range, Operator apply) {
  const FloatVector low = hn::Set(kFloat, range.low);
  const FloatVector high = hn::Set(kFloat, range.high);
  if (row.a_stretches) {
    const FloatVector a = hn::Set(kFloat, *row.a);
    MapVectors(row.b, row.output, row.count,
               [&](FloatVector b) HWY_ATTR { return ClampTo(low, high, apply(a, b)); });
  } else if (row.b_stretches) {
    const FloatVector b = hn::Set(kFloat, *row.b);
    MapVectors(row.a, row.output, row.count,
               [&](FloatVector a) HWY_ATTR { return ClampTo(low, high, apply(a, b)); });
  } else {
    MapPairs(row.a, row.b, row.output, row.count, [&](FloatVector a, FloatVector b) HWY_ATTR {
      return ClampTo(low, high, apply(a, b));
    });
  }
}

void BinaryRow(BinaryOp op, FloatRange range, const PairRow& row) {
  using V = FloatVector;
  switch (op) {
    case BinaryOp::kAdd:
      return MapRow(row, range, [](V a, V b) HWY_ATTR { return hn::Add(a, b); });
    case BinaryOp::kSub:
      return MapRow(row, range, [](V a, V b) HWY_ATTR { return hn::Sub(a, b); });
    case BinaryOp::kMul:
      return MapRow(row, range, [](V a, V b) HWY_ATTR { return hn::Mul(a, b); });
    case BinaryOp::kDiv:
      return MapRow(row, range, [](V a, V b) HWY_ATTR { return Divide(a, b); });
    case BinaryOp::kMaximum:
      return MapRow(row, range,
                    [](V a, V b) HWY_ATTR { return hn::IfThenElse(hn::Gt(a, b), a, b); });
    case BinaryOp::kMinimum:
      return MapRow(row, range,
                    [](V a, V b) HWY_ATTR { return hn::IfThenElse(hn::Lt(a, b), a, b); });
    case BinaryOp::kSquaredDifference:
      return MapRow(row, range, [](V a, V b) HWY_ATTR {
        const V difference = hn::Sub(a, b);
        return hn::Mul(difference, difference);
      });
    case BinaryOp::kPrelu:
      return MapRow(row, range, [](V a, V b) HWY_ATTR {
        return hn::IfThenElse(hn::Ge(a, hn::Zero(kFloat)), a, hn::Mul(a, b));
      });
  }
}

void BinaryRows(BinaryOp op, const Broadcast& broadcast, const BinaryArguments& arguments,
                RowRange rows) {
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  for (int64_t index = rows.first; index < rows.last; ++index) {
    const PairOffset at = OffsetOfRow(broadcast, index);
    BinaryRow(op, arguments.range,
              {.a = arguments.a + at.a,
               .b = arguments.b + at.b,
               .output = arguments.output + index * broadcast.extents[inner],
               .count = static_cast<size_t>(broadcast.extents[inner]),
               .a_stretches = broadcast.a_strides[inner] == 0,
               .b_stretches = broadcast.b_strides[inner] == 0});
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(LogisticRange);
HWY_EXPORT(TanhRange);
HWY_EXPORT(ClampRange);
HWY_EXPORT(BinaryRows);

void Logistic(const UnaryArguments& arguments, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(LogisticRange);
  ForEachPiece(arguments.count, 1 << 13, parallel, [&](int64_t begin, int64_t count) {
    run(arguments.input + begin, arguments.output + begin, static_cast<size_t>(count));
  });
}

void Tanh(const UnaryArguments& arguments, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(TanhRange);
  ForEachPiece(arguments.count, 1 << 13, parallel, [&](int64_t begin, int64_t count) {
    run(arguments.input + begin, arguments.output + begin, static_cast<size_t>(count));
  });
}

void Clamp(FloatRange range, const UnaryArguments& arguments, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(ClampRange);
  ForEachPiece(arguments.count, 1 << 15, parallel, [&](int64_t begin, int64_t count) {
    run(range, arguments.input + begin, arguments.output + begin, static_cast<size_t>(count));
  });
}

namespace {

// Whether each row of one input meets one value of the other, in vectors enough to start for.
bool MeetsValues(const Broadcast& broadcast) {
  constexpr int64_t kLeast = 16;
  return broadcast.rank == 2 && broadcast.extents[1] >= kLeast &&
         (broadcast.a_strides[1] == 0) != (broadcast.b_strides[1] == 0);
}

}  // namespace

void Binary(BinaryOp op, const Broadcast& broadcast, const BinaryArguments& arguments,
            const Parallel& parallel) {
  constexpr int64_t kPiece = 1 << 15;
  const auto run = BRINK_DISPATCH(BinaryRows);
  const auto part_of = [&](const Broadcast& part, Operands<float> in, int64_t out, RowRange rows) {
    run(op, part, {in.a, in.b, arguments.output + out, arguments.range}, rows);
  };
  const Operands<float> operands{arguments.a, arguments.b};
  if (!MeetsValues(broadcast)) {
    return ForEachPairPiece(broadcast, operands, kPiece, parallel, part_of);
  }
  ForEachRowPiece(broadcast, kPiece, parallel,
                  [&](const Broadcast& part, PairOffset /*at*/, RowRange rows) {
                    part_of(part, operands, 0, rows);
                  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
