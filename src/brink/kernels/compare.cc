#include "brink/kernels/compare.h"

#include <type_traits>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/compare.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/byte_block-inl.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/map_pairs.h"
#include "brink/kernels/pair_blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

struct IsEqual {
  template <class V>
  HWY_INLINE auto operator()(V a, V b) const {
    return hn::Eq(a, b);
  }
};
struct IsLess {
  template <class V>
  HWY_INLINE auto operator()(V a, V b) const {
    return hn::Lt(a, b);
  }
};
struct IsLessOrEqual {
  template <class V>
  HWY_INLINE auto operator()(V a, V b) const {
    return hn::Le(a, b);
  }
};

// Whether a function holds for a block of pairs, in bytes of 0 or 1: of bytes, 32 bits and 64.
template <class T, class Function>
class Truths {
 public:
  using Tag = hn::ScalableTag<T>;
  static constexpr size_t kStep = hn::MaxLanes(Tag());
  static constexpr size_t kBlock = sizeof(T) == 1 ? kStep : kBlockVectors * hn::MaxLanes(kInt);

  template <class A, class B>
  static HWY_INLINE void Store(A a, B b, uint8_t opposite, uint8_t* output) {
    const auto is = [&](size_t i) HWY_ATTR { return Function()(a.At(i), b.At(i)); };
    if constexpr (sizeof(T) == 1) {
      const hn::Repartition<uint8_t, Tag> bytes;
      const auto truths = hn::BitCast(bytes, hn::VecFromMask(Tag(), is(0)));
      const auto ones = hn::And(truths, hn::Set(bytes, uint8_t{1}));
      hn::StoreU(hn::Xor(ones, hn::Set(bytes, opposite)), bytes, output);
    } else {
      constexpr size_t kInts = hn::MaxLanes(kInt);
      const IntVector one = hn::Set(kInt, 1);
      const IntVector flip = hn::Set(kInt, opposite);
      IntVector block[kBlockVectors];
#pragma GCC unroll 4
      for (size_t v = 0; v < kBlockVectors; ++v)
        block[v] = hn::Xor(hn::And(Signs(is, v * kInts), one), flip);
      StoreBlock(block, {0, 1}, output);
    }
  }

 private:
  template <class Is>
  static HWY_INLINE IntVector Signs(Is is, size_t i) {
    if constexpr (sizeof(T) == 4) {
      return hn::BitCast(kInt, hn::VecFromMask(Tag(), is(i)));
    } else {
#if HWY_TARGET == HWY_SCALAR
      return hn::Set(kInt, hn::GetLane(hn::VecFromMask(Tag(), is(i))) != 0 ? -1 : 0);
#else
      const auto low = is(i);
      const auto high = is(i + kStep);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
      return IntVector{_mm512_movm_epi32(static_cast<__mmask16>(low.raw | high.raw << 8))};
#else
      return hn::ConcatEven(kInt, hn::BitCast(kInt, hn::VecFromMask(Tag(), high)),
                            hn::BitCast(kInt, hn::VecFromMask(Tag(), low)));
#endif
#endif
    }
  }
};

template <class T, class Function>
void RowsBy(const Broadcast& broadcast, const CompareArguments<T>& arguments, bool opposite,
            RowRange rows) {
  const auto flip = static_cast<uint8_t>(opposite ? 1 : 0);
  const PairArguments<T, uint8_t> pairs{arguments.a, arguments.b, arguments.output};
  MapPairBlocks<Truths<T, Function>::kBlock>(broadcast, pairs, rows,
                                             [=](auto a, auto b, uint8_t* output) HWY_ATTR {
                                               Truths<T, Function>::Store(a, b, flip, output);
                                             });
}

template <class T>
void RowsOf(Comparison comparison, const Broadcast& broadcast, const CompareArguments<T>& arguments,
            RowRange rows) {
  Broadcast turned = broadcast;
  std::swap(turned.a_strides, turned.b_strides);
  const CompareArguments<T> other{arguments.b, arguments.a, arguments.output};
  switch (comparison) {
    case Comparison::kEqual:
      return RowsBy<T, IsEqual>(broadcast, arguments, false, rows);
    case Comparison::kNotEqual:
      return RowsBy<T, IsEqual>(broadcast, arguments, true, rows);
    case Comparison::kLess:
      return RowsBy<T, IsLess>(broadcast, arguments, false, rows);
    case Comparison::kGreater:
      return RowsBy<T, IsLess>(turned, other, false, rows);
    case Comparison::kLessEqual:
      if constexpr (std::is_floating_point_v<T>)  // of a NaN nothing is the opposite
        return RowsBy<T, IsLessOrEqual>(broadcast, arguments, false, rows);
      else
        return RowsBy<T, IsLess>(turned, other, true, rows);
    case Comparison::kGreaterEqual:
      if constexpr (std::is_floating_point_v<T>)
        return RowsBy<T, IsLessOrEqual>(turned, other, false, rows);
      else
        return RowsBy<T, IsLess>(broadcast, arguments, true, rows);
  }
}

}  // namespace

void CompareFloats(Comparison comparison, const Broadcast& broadcast,
                   const CompareArguments<float>& arguments, RowRange rows) {
  RowsOf(comparison, broadcast, arguments, rows);
}
void CompareBytes(Comparison comparison, const Broadcast& broadcast,
                  const CompareArguments<int8_t>& arguments, RowRange rows) {
  RowsOf(comparison, broadcast, arguments, rows);
}
void CompareUnsignedBytes(Comparison comparison, const Broadcast& broadcast,
                          const CompareArguments<uint8_t>& arguments, RowRange rows) {
  RowsOf(comparison, broadcast, arguments, rows);
}
void CompareInts(Comparison comparison, const Broadcast& broadcast,
                 const CompareArguments<int32_t>& arguments, RowRange rows) {
  RowsOf(comparison, broadcast, arguments, rows);
}
void CompareLongs(Comparison comparison, const Broadcast& broadcast,
                  const CompareArguments<int64_t>& arguments, RowRange rows) {
  RowsOf(comparison, broadcast, arguments, rows);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(CompareFloats);
HWY_EXPORT(CompareBytes);
HWY_EXPORT(CompareUnsignedBytes);
HWY_EXPORT(CompareInts);
HWY_EXPORT(CompareLongs);

template <class T>
auto VectorsOf() {
  if constexpr (std::is_same_v<T, float>) {
    return BRINK_DISPATCH(CompareFloats);
  } else if constexpr (std::is_same_v<T, int8_t>) {
    return BRINK_DISPATCH(CompareBytes);
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return BRINK_DISPATCH(CompareUnsignedBytes);
  } else if constexpr (std::is_same_v<T, int32_t>) {
    return BRINK_DISPATCH(CompareInts);
  } else {
    return BRINK_DISPATCH(CompareLongs);
  }
}

// Calls map(function of two numbers) with what the comparison says of them.
template <class Map>
void WithFunction(Comparison comparison, Map map) {
  switch (comparison) {
    case Comparison::kEqual:
      return map([](auto a, auto b) { return a == b; });
    case Comparison::kNotEqual:
      return map([](auto a, auto b) { return a != b; });
    case Comparison::kLess:
      return map([](auto a, auto b) { return a < b; });
    case Comparison::kLessEqual:
      return map([](auto a, auto b) { return a <= b; });
    case Comparison::kGreater:
      return map([](auto a, auto b) { return a > b; });
    case Comparison::kGreaterEqual:
      return map([](auto a, auto b) { return a >= b; });
  }
}

}  // namespace

template <class T>
void Compare(Comparison comparison, const Broadcast& broadcast,
             const CompareArguments<T>& arguments, const Parallel& parallel) {
  if constexpr (std::is_same_v<T, int16_t> || std::is_same_v<T, uint32_t>) {
    const PairArguments<T, uint8_t> pairs{arguments.a, arguments.b, arguments.output};
    WithFunction(comparison, [&](auto f) {
      MapBroadcast(broadcast, pairs, parallel,
                   [f](T a, T b) { return static_cast<uint8_t>(f(a, b) ? 1 : 0); });
    });
  } else {
    ForEachPairPiece(broadcast, Operands<T>{arguments.a, arguments.b}, 1 << 14, parallel,
                     [&, run = VectorsOf<T>()](const Broadcast& part, Operands<T> in, int64_t out,
                                               RowRange rows) {
                       run(comparison, part, {in.a, in.b, arguments.output + out}, rows);
                     });
  }
}

template void Compare(Comparison, const Broadcast&, const CompareArguments<float>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<int8_t>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<uint8_t>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<int16_t>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<int32_t>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<uint32_t>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<int64_t>&,
                      const Parallel&);

void CompareRanks(Comparison comparison, const Broadcast& broadcast,
                  const CompareArguments<uint8_t>& arguments, const PairOfRanks& ranks,
                  const Parallel& parallel) {
  const PairArguments<uint8_t, uint8_t> pairs{arguments.a, arguments.b, arguments.output};
  WithFunction(comparison, [&](auto f) {
    MapBroadcast(broadcast, pairs, parallel, [f, &ranks](uint8_t a, uint8_t b) {
      return static_cast<uint8_t>(f(ranks.a[a], ranks.b[b]) ? 1 : 0);
    });
  });
}

void Combine(Logic logic, const Broadcast& broadcast, const CompareArguments<uint8_t>& arguments,
             const Parallel& parallel) {
  const PairArguments<uint8_t, uint8_t> pairs{arguments.a, arguments.b, arguments.output};
  if (logic == Logic::kAnd) {
    MapBroadcast(broadcast, pairs, parallel, [](uint8_t a, uint8_t b) {
      return static_cast<uint8_t>(a != 0 && b != 0 ? 1 : 0);
    });
  } else {
    MapBroadcast(broadcast, pairs, parallel,
                 [](uint8_t a, uint8_t b) { return static_cast<uint8_t>((a | b) != 0 ? 1 : 0); });
  }
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
