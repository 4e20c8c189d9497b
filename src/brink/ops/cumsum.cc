// CUMSUM: sums of all elements up to each along the axis that input 1 names; {exclusive: without
// the element itself, reverse: from the end}.
#include <algorithm>

#include "brink/ops/op.h"

namespace brink::ops {
namespace {

// [outer, extent, inner]
struct Sums {
  int64_t outer = 1;
  int64_t extent = 1;
  int64_t inner = 1;
  bool exclusive = false;
  bool reverse = false;
};

// One of kRows rows of neighbours after the other waits for its last sum; side by side they do not.
template <class Wide, size_t kRows, class T>
void SumRows(const Sums& s, const T* in, T* out) {
  Wide sums[kRows] = {};
  for (int64_t i = 0; i < s.extent; ++i) {
    const int64_t place = s.reverse ? s.extent - 1 - i : i;
#pragma GCC unroll 4
    for (size_t row = 0; row < kRows; ++row) {
      const int64_t at = static_cast<int64_t>(row) * s.extent + place;
      const Wide before = sums[row];
      sums[row] += static_cast<Wide>(in[at]);
      out[at] = static_cast<T>(s.exclusive ? before : sums[row]);
    }
  }
}

// Along an axis with others behind it: each sum is the one before it, which is written, and a
// number.
template <class Wide, class T>
void SumColumns(const Sums& s, const T* in, T* out) {
  const int64_t step = s.reverse ? -s.inner : s.inner;
  if (s.reverse) {
    in += (s.extent - 1) * s.inner;
    out += (s.extent - 1) * s.inner;
  }
  if (s.exclusive) {
    std::fill_n(out, s.inner, T{0});
  } else {
    std::copy_n(in, s.inner, out);
  }
  for (int64_t i = 1; i < s.extent; ++i) {
    const T* before = out;
    const T* more = s.exclusive ? in : in + step;
    in += step;
    out += step;
    for (int64_t k = 0; k < s.inner; ++k)
      out[k] = static_cast<T>(static_cast<Wide>(before[k]) + static_cast<Wide>(more[k]));
  }
}

template <class T, class Wide>
Run SumRun(const Sums& s) {
  return [s](const Buffers& b) {
    const T* in = b.in<T>(0);
    T* out = b.out<T>(0);
    if (s.extent == 0) return;
    int64_t row = 0;
    constexpr size_t kTogether = 4;
    const auto together = static_cast<int64_t>(kTogether);
    for (; s.inner == 1 && row + together <= s.outer; row += together)
      SumRows<Wide, kTogether>(s, in + row * s.extent, out + row * s.extent);
    for (; row < s.outer; ++row) {
      const int64_t at = row * s.extent * s.inner;
      s.inner == 1 ? SumRows<Wide, 1>(s, in + at, out + at)
                   : SumColumns<Wide>(s, in + at, out + at);
    }
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt32, Type::kInt64}));
  const Type type = node.input(0).type;
  BRINK_TRY(node.CheckOutputType(0, {type}));
  BRINK_ASSIGN(const std::vector<int64_t> axes, node.Integers(1));
  if (axes.size() != 1) return node.Invalid("input 1: wanted one axis");
  const Shape& shape = node.input(0).shape;
  BRINK_ASSIGN(const int axis, node.Axis(axes[0], shape.rank()));
  Sums sums{
      .extent = shape[axis], .exclusive = node.options.Bool(0), .reverse = node.options.Bool(1)};
  for (int i = 0; i < shape.rank(); ++i) {
    if (i != axis) (i < axis ? sums.outer : sums.inner) *= shape[i];
  }
  // Integers wrap.
  return Prepared{.shapes = {shape},
                  .kernel = "scan",
                  .run = type == Type::kFloat32 ? SumRun<float, float>(sums)
                         : type == Type::kInt32 ? SumRun<int32_t, uint32_t>(sums)
                                                : SumRun<int64_t, uint64_t>(sums)};
}

}  // namespace

extern const OpDef kCumsum{.name = "CUMSUM",
                           .code = 128,
                           .max_version = 1,
                           .types = "f32 i32 i64",
                           .kernels = "scan",
                           .prepare = Prepare};

}  // namespace brink::ops
