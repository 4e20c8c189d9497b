#include "brink/kernels/integer_vectors.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/integer_vectors.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pair_blocks-inl.h"
#include "brink/kernels/pair_pieces.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

struct Greater {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Max(a, b);
  }
};
struct Smaller {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Min(a, b);
  }
};
struct Sum {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Add(a, b);
  }
};
struct Difference {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Sub(a, b);
  }
};
struct Product {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    const hn::DFromV<V> d;
    if constexpr (sizeof(hn::TFromD<decltype(d)>) == 4) {
      return hn::Mul(a, b);
    } else {
#if HWY_TARGET == HWY_SCALAR
      return hn::Set(d, static_cast<int64_t>(static_cast<uint64_t>(hn::GetLane(a)) *
                                             static_cast<uint64_t>(hn::GetLane(b))));
#elif HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
      return V{_mm512_mullo_epi64(a.raw, b.raw)};
#else
      // The halves' products, of those above the lower ones only what is left modulo 2^64.
      const hn::Repartition<uint32_t, decltype(d)> halves;
      const hn::Repartition<uint64_t, decltype(d)> whole;
      const auto x = hn::BitCast(halves, a);
      const auto y = hn::BitCast(halves, b);
      const auto across =
          hn::Add(hn::MulEven(hn::Shuffle2301(x), y), hn::MulEven(x, hn::Shuffle2301(y)));
      return hn::BitCast(d,
                         hn::Add(hn::MulEven(x, y), hn::ShiftLeft<32>(hn::BitCast(whole, across))));
#endif
    }
  }
};

template <class T, class Function>
void RowsOf(const Broadcast& broadcast, const IntegerArguments<T>& arguments, RowRange rows,
            Function f) {
  const hn::ScalableTag<T> d;
  constexpr size_t kStep = hn::MaxLanes(hn::ScalableTag<T>());
  constexpr size_t kBlock = sizeof(T) == 1 ? kStep : 4 * kStep;
  const auto block = [=](auto a, auto b, T* output) HWY_ATTR {
#pragma GCC unroll 4
    for (size_t i = 0; i < kBlock; i += kStep) hn::StoreU(f(a.At(i), b.At(i)), d, output + i);
  };
  MapPairBlocks<kBlock>(broadcast, PairArguments<T, T>{arguments.a, arguments.b, arguments.output},
                        rows, block);
}

template <class T>
void Rows(IntegerOp op, const Broadcast& broadcast, const IntegerArguments<T>& arguments,
          RowRange rows) {
  if (op == IntegerOp::kMaximum) return RowsOf(broadcast, arguments, rows, Greater());
  if (op == IntegerOp::kMinimum) return RowsOf(broadcast, arguments, rows, Smaller());
  if constexpr (sizeof(T) >= 4) {
    if (op == IntegerOp::kAdd) return RowsOf(broadcast, arguments, rows, Sum());
    if (op == IntegerOp::kSub) return RowsOf(broadcast, arguments, rows, Difference());
    RowsOf(broadcast, arguments, rows, Product());
  }
}

}  // namespace

void RowsOfBytes(IntegerOp op, const Broadcast& broadcast,
                 const IntegerArguments<int8_t>& arguments, RowRange rows) {
  Rows(op, broadcast, arguments, rows);
}
void RowsOfUnsignedBytes(IntegerOp op, const Broadcast& broadcast,
                         const IntegerArguments<uint8_t>& arguments, RowRange rows) {
  Rows(op, broadcast, arguments, rows);
}
void RowsOfInts(IntegerOp op, const Broadcast& broadcast,
                const IntegerArguments<int32_t>& arguments, RowRange rows) {
  Rows(op, broadcast, arguments, rows);
}
void RowsOfLongs(IntegerOp op, const Broadcast& broadcast,
                 const IntegerArguments<int64_t>& arguments, RowRange rows) {
  Rows(op, broadcast, arguments, rows);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(RowsOfBytes);
HWY_EXPORT(RowsOfUnsignedBytes);
HWY_EXPORT(RowsOfInts);
HWY_EXPORT(RowsOfLongs);

template <class T, class Run>
void RunRows(IntegerOp op, const Broadcast& broadcast, const IntegerArguments<T>& arguments,
             const Parallel& parallel, Run run) {
  constexpr int64_t kPiece = (int64_t{1} << 15) / static_cast<int64_t>(sizeof(T));
  ForEachPairPiece(broadcast, Operands<T>{arguments.a, arguments.b}, kPiece, parallel,
                   [&](const Broadcast& part, Operands<T> in, int64_t out, RowRange rows) {
                     run(op, part, {in.a, in.b, arguments.output + out}, rows);
                   });
}

}  // namespace

void IntegerVectors(IntegerOp op, const Broadcast& broadcast,
                    const IntegerArguments<int8_t>& arguments, const Parallel& parallel) {
  RunRows(op, broadcast, arguments, parallel, BRINK_DISPATCH(RowsOfBytes));
}
void IntegerVectors(IntegerOp op, const Broadcast& broadcast,
                    const IntegerArguments<uint8_t>& arguments, const Parallel& parallel) {
  RunRows(op, broadcast, arguments, parallel, BRINK_DISPATCH(RowsOfUnsignedBytes));
}
void IntegerVectors(IntegerOp op, const Broadcast& broadcast,
                    const IntegerArguments<int32_t>& arguments, const Parallel& parallel) {
  RunRows(op, broadcast, arguments, parallel, BRINK_DISPATCH(RowsOfInts));
}
void IntegerVectors(IntegerOp op, const Broadcast& broadcast,
                    const IntegerArguments<int64_t>& arguments, const Parallel& parallel) {
  RunRows(op, broadcast, arguments, parallel, BRINK_DISPATCH(RowsOfLongs));
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
