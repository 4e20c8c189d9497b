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

void SwishRange(const float* input, float* output, size_t count) {
  MapVectors(input, output, count,
             [](FloatVector x) HWY_ATTR { return hn::Mul(x, LogisticOf(x)); });
}

void TanhRange(const float* input, float* output, size_t count) {
  MapVectors(input, output, count, [](FloatVector x) HWY_ATTR { return TanhOf(x); });
}

void ClampRange(FloatRange range, const float* input, float* output, size_t count) {
  const FloatVector low = hn::Set(kFloat, range.low);
  const FloatVector high = hn::Set(kFloat, range.high);
  MapVectors(input, output, count, [&](FloatVector x) HWY_ATTR { return ClampTo(low, high, x); });
}

// Rows of a broadcast: an input that stretches along them is one value a row.
class Rows {
 public:
  Rows(const Broadcast& broadcast, const BinaryArguments& arguments, RowRange range)
      : broadcast_(broadcast),
        arguments_(arguments),
        range_(range),
        inner_(static_cast<size_t>(broadcast.rank - 1)) {}

  template <class Operator>
  HWY_INLINE void Map(Operator apply) const {
    const FloatVector low = hn::Set(kFloat, arguments_.range.low);
    const FloatVector high = hn::Set(kFloat, arguments_.range.high);
    const auto bounded = [=](FloatVector a, FloatVector b)
                             HWY_ATTR { return ClampTo(low, high, apply(a, b)); };
    const size_t count = length();
    if (broadcast_.a_strides[inner_] == 0) {
      ForEach([=](const float* a, const float* b, float* output) HWY_ATTR {
        const FloatVector value = hn::Set(kFloat, *a);
        MapVectors(b, output, count, [=](FloatVector x) HWY_ATTR { return bounded(value, x); });
      });
    } else if (broadcast_.b_strides[inner_] == 0) {
      ForEach([=](const float* a, const float* b, float* output) HWY_ATTR {
        const FloatVector value = hn::Set(kFloat, *b);
        MapVectors(a, output, count, [=](FloatVector x) HWY_ATTR { return bounded(x, value); });
      });
    } else {
      ForEach([=](const float* a, const float* b, float* output)
                  HWY_ATTR { MapPairs(a, b, output, count, bounded); });
    }
  }

 private:
  size_t length() const { return static_cast<size_t>(broadcast_.extents[inner_]); }

  // Calls run(a, b, output) for each. Only where the last axis but the innermost begins anew are
  // the indices of the others looked for: that takes longer than a row of few vectors.
  template <class Run>
  HWY_INLINE void ForEach(Run run) const {
    const size_t axis = inner_ == 0 ? 0 : inner_ - 1;
    const int64_t extent = inner_ == 0 ? 1 : broadcast_.extents[axis];
    for (int64_t row = range_.first; row < range_.last;) {
      const PairOffset at = OffsetOfRow(broadcast_, row);
      const float* a = arguments_.a + at.a;
      const float* b = arguments_.b + at.b;
      const int64_t end = std::min(range_.last, row - row % extent + extent);
      for (; row < end; ++row) {
        run(a, b, arguments_.output + static_cast<size_t>(row) * length());
        a += broadcast_.a_strides[axis];
        b += broadcast_.b_strides[axis];
      }
    }
  }

  const Broadcast& broadcast_;
  const BinaryArguments& arguments_;
  RowRange range_;
  size_t inner_;
};

void BinaryRows(BinaryOp op, const Broadcast& broadcast, const BinaryArguments& arguments,
                RowRange range) {
  using V = FloatVector;
  const Rows rows(broadcast, arguments, range);
  switch (op) {
    case BinaryOp::kAdd:
      return rows.Map([](V a, V b) HWY_ATTR { return hn::Add(a, b); });
    case BinaryOp::kSub:
      return rows.Map([](V a, V b) HWY_ATTR { return hn::Sub(a, b); });
    case BinaryOp::kMul:
      return rows.Map([](V a, V b) HWY_ATTR { return hn::Mul(a, b); });
    case BinaryOp::kDiv:
      return rows.Map([](V a, V b) HWY_ATTR { return Divide(a, b); });
    case BinaryOp::kMaximum:
      return rows.Map([](V a, V b) HWY_ATTR { return hn::IfThenElse(hn::Gt(a, b), a, b); });
    case BinaryOp::kMinimum:
      return rows.Map([](V a, V b) HWY_ATTR { return hn::IfThenElse(hn::Lt(a, b), a, b); });
    case BinaryOp::kSquaredDifference:
      return rows.Map([](V a, V b) HWY_ATTR {
        const V difference = hn::Sub(a, b);
        return hn::Mul(difference, difference);
      });
    case BinaryOp::kPrelu:
      return rows.Map([](V a, V b) HWY_ATTR {
        return hn::IfThenElse(hn::Ge(a, hn::Zero(kFloat)), a, hn::Mul(a, b));
      });
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(LogisticRange);
HWY_EXPORT(SwishRange);
HWY_EXPORT(TanhRange);
HWY_EXPORT(ClampRange);
HWY_EXPORT(BinaryRows);

void Logistic(const UnaryArguments& arguments, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(LogisticRange);
  ForEachPiece(arguments.count, 1 << 13, parallel, [&](int64_t begin, int64_t count) {
    run(arguments.input + begin, arguments.output + begin, static_cast<size_t>(count));
  });
}

void Swish(const UnaryArguments& arguments, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(SwishRange);
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

// Whether rows have vectors enough to start for. A row that meets every row of the other input is
// better written out.
bool RunsByRows(const Broadcast& broadcast) {
  constexpr int64_t kLeast = 16;
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  if (broadcast.rank < 2 || broadcast.extents[inner] < kLeast) return false;
  return broadcast.rank > 2 || broadcast.a_strides[inner] != broadcast.b_strides[inner];
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
  if (!RunsByRows(broadcast)) {
    return ForEachPairPiece(broadcast, operands, kPiece, parallel, part_of);
  }
  ForEachRowPiece(broadcast, kPiece, parallel,
                  [&](const Broadcast& part, PairOffset /*at*/, RowRange rows) {
                    part_of(part, operands, 0, rows);
                  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
