#include "brink/kernels/byte_extrema.h"

#include <algorithm>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/byte_extrema.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pair_pieces.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

struct Greater {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    if constexpr (std::is_integral_v<V>) {
      return std::max(a, b);
    } else {
      return hn::Max(a, b);
    }
  }
};
struct Smaller {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    if constexpr (std::is_integral_v<V>) {
      return std::min(a, b);
    } else {
      return hn::Min(a, b);
    }
  }
};

// b_step is 0 where b is one element for the whole row.
template <class T, class Function>
HWY_INLINE void MapRow(const T* a, const T* b, size_t b_step, T* output, size_t length,
                       Function f) {
  const hn::ScalableTag<T> d;
  const size_t step = hn::Lanes(d);
  const T first = *b;  // the output may be the same memory only if b does not stretch
  size_t i = 0;
  if (b_step == 0) {
    for (; i + step <= length; i += step)
      hn::StoreU(f(hn::LoadU(d, a + i), hn::Set(d, first)), d, output + i);
  } else {
    for (; i + step <= length; i += step)
      hn::StoreU(f(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, output + i);
  }
  for (; i < length; ++i) output[i] = f(a[i], b_step == 0 ? first : b[i]);
}

template <class T, class Function>
void RowsOf(const Broadcast& broadcast, const IntegerArguments<T>& arguments, RowRange rows,
            Function f) {
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  const int64_t length = broadcast.extents[inner];
  const bool a_stretches = broadcast.a_strides[inner] == 0;
  const bool b_stretches = broadcast.b_strides[inner] == 0;
  for (int64_t row = rows.first; row < rows.last; ++row) {
    const PairOffset at = OffsetOfRow(broadcast, row);
    const T* a = arguments.a + at.a;
    const T* b = arguments.b + at.b;
    T* output = arguments.output + row * length;
    if (a_stretches && b_stretches) {
      std::fill_n(output, length, f(*a, *b));
    } else {
      if (a_stretches) std::swap(a, b);
      MapRow(a, b, a_stretches || b_stretches ? 0 : 1, output, static_cast<size_t>(length), f);
    }
  }
}

template <class T>
void RowsOf(IntegerOp op, const Broadcast& broadcast, const IntegerArguments<T>& arguments,
            RowRange rows) {
  if (op == IntegerOp::kMaximum) {
    RowsOf(broadcast, arguments, rows, Greater());
  } else {
    RowsOf(broadcast, arguments, rows, Smaller());
  }
}

}  // namespace

void ExtremaSigned(IntegerOp op, const Broadcast& broadcast,
                   const IntegerArguments<int8_t>& arguments, RowRange rows) {
  RowsOf(op, broadcast, arguments, rows);
}
void ExtremaUnsigned(IntegerOp op, const Broadcast& broadcast,
                     const IntegerArguments<uint8_t>& arguments, RowRange rows) {
  RowsOf(op, broadcast, arguments, rows);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(ExtremaSigned);
HWY_EXPORT(ExtremaUnsigned);

template <class T, class Run>
void ExtremaOf(IntegerOp op, const Broadcast& broadcast, const IntegerArguments<T>& arguments,
               const Parallel& parallel, Run run) {
  ForEachPairPiece(broadcast, Operands<T>{arguments.a, arguments.b}, 1 << 15, parallel,
                   [&](const Broadcast& part, Operands<T> in, int64_t out, RowRange rows) {
                     run(op, part, {in.a, in.b, arguments.output + out}, rows);
                   });
}

}  // namespace

void ByteExtrema(IntegerOp op, const Broadcast& broadcast,
                 const IntegerArguments<int8_t>& arguments, const Parallel& parallel) {
  ExtremaOf(op, broadcast, arguments, parallel, BRINK_DISPATCH(ExtremaSigned));
}
void ByteExtrema(IntegerOp op, const Broadcast& broadcast,
                 const IntegerArguments<uint8_t>& arguments, const Parallel& parallel) {
  ExtremaOf(op, broadcast, arguments, parallel, BRINK_DISPATCH(ExtremaUnsigned));
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
