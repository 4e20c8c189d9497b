// The sums of an 8-bit depthwise convolution by whole rows, a block at a time, and what becomes of
// them; compiled once a target of x86. For quantized_flat_depthwise.cc.
#if defined(BRINK_KERNELS_FLAT_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_FLAT_SUMS_INL_H_
#undef BRINK_KERNELS_FLAT_SUMS_INL_H_
#else
#define BRINK_KERNELS_FLAT_SUMS_INL_H_
#endif

#include "brink/kernels/flat_layout-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if HWY_ARCH_X86 && BRINK_PACKS_BLOCKS

struct OutputRow {
  const uint8_t* const* rows;  // [window height], interleaved
  const std::byte* packed;
  uint8_t* output;
  FlatStrip strip;
};

// Two neighbouring output rows, whose windows are a row apart.
struct OutputPair {
  const uint8_t* const* rows;  // [window height + 1], interleaved
  const std::byte* packed;
  uint8_t* output;  // the upper row
  FlatStrip strip;
};

using FlatWeights = hn::Vec<hn::Repartition<PackedWeight, IntTag>>;

HWY_INLINE void AddProducts(IntVector& sum, FlatBytes inputs, FlatWeights weights) {
#if BRINK_BYTE_PRODUCTS
  AddByteProducts(sum, inputs, weights);
#else
  sum = AddPairs(hn::BitCast(hn::Repartition<PackedInput, IntTag>(), inputs), weights, sum);
#endif
}

// A block's numbers; apart, as GCC keeps no array of vectors in registers here.
struct BlockVectors {
  IntVector a, b, c, d;
};

HWY_INLINE BlockVectors LoadBlock(const int32_t* from) {
  return {hn::LoadU(kInt, from), hn::LoadU(kInt, from + kIntLanes),
          hn::LoadU(kInt, from + 2 * kIntLanes), hn::LoadU(kInt, from + 3 * kIntLanes)};
}

// Sums of a block, with or without the sums of its inputs that a zero point of the weights takes
// where they are bytes. A kHeight other than 0 is that of the window, whose rows are one group
// each.
template <bool kRowSums, size_t kHeight>
class BlockSums {
 public:
  BlockSums(const QuantizedConvProblem& p, const FlatLayout& layout, const FlatStrip& strip)
      : height_(static_cast<size_t>(p.shape.window.height)),
        groups_(layout.groups),
        group_bytes_(layout.GroupBytes(strip)),
        factor_(hn::Set(kInt, -PackedWeightZero(p))) {
    const size_t missing = layout.groups * kStepInputs - static_cast<size_t>(p.shape.window.width);
    constexpr int32_t kOnes = 0x01010101;
    ones_ = hn::BitCast(kWeights, hn::Set(kInt, kOnes));
    last_ones_ = hn::BitCast(kWeights, hn::Set(kInt, kOnes >> 8 * missing));
  }

  HWY_INLINE BlockVectors Sum(const uint8_t* const* rows, size_t at, const std::byte* weights,
                              BlockVectors sums) const {
    BlockVectors inputs{hn::Zero(kInt), hn::Zero(kInt), hn::Zero(kInt), hn::Zero(kInt)};
    const auto* weight = reinterpret_cast<const PackedWeight*>(weights);
    if constexpr (kHeight != 0) {
#pragma GCC unroll 4
      for (size_t ky = 0; ky < kHeight; ++ky, weight += kBlockVectors * kVectorWeights)
        AddGroup(rows[ky] + at, weight, last_ones_, sums, inputs);
    } else {
      for (size_t ky = 0; ky < height_; ++ky) {
        const uint8_t* from = rows[ky] + at;
        for (size_t g = 0; g < groups_; ++g) {
          AddGroup(from, weight, g + 1 < groups_ ? ones_ : last_ones_, sums, inputs);
          from += group_bytes_;
          weight += kBlockVectors * kVectorWeights;
        }
      }
    }
    if constexpr (kRowSums) {
      sums.a = hn::Add(sums.a, hn::Mul(inputs.a, factor_));
      sums.b = hn::Add(sums.b, hn::Mul(inputs.b, factor_));
      sums.c = hn::Add(sums.c, hn::Mul(inputs.c, factor_));
      sums.d = hn::Add(sums.d, hn::Mul(inputs.d, factor_));
    }
    return sums;
  }

 private:
  static constexpr hn::Repartition<PackedWeight, IntTag> kWeights{};
  static constexpr size_t kVectorWeights = kFlat / sizeof(PackedWeight);

  static HWY_INLINE void AddGroup(const uint8_t* from, const PackedWeight* weight, FlatWeights ones,
                                  BlockVectors& sums, BlockVectors& inputs) {
    Add(from, weight, ones, sums.a, inputs.a);
    Add(from + kFlat, weight + kVectorWeights, ones, sums.b, inputs.b);
    Add(from + 2 * kFlat, weight + 2 * kVectorWeights, ones, sums.c, inputs.c);
    Add(from + 3 * kFlat, weight + 3 * kVectorWeights, ones, sums.d, inputs.d);
  }
  static HWY_INLINE void Add(const uint8_t* from, const PackedWeight* weights, FlatWeights ones,
                             IntVector& sum, IntVector& inputs) {
    const FlatBytes taps = hn::LoadU(kFlatTag, from);
    AddProducts(sum, taps, hn::LoadU(kWeights, weights));
    if constexpr (kRowSums) AddProducts(inputs, taps, ones);
  }

  const size_t height_, groups_, group_bytes_;
  const IntVector factor_;
  FlatWeights ones_, last_ones_;
};

// A block's bytes of a group of taps, or of their weights.
struct GroupVectors {
  FlatBytes a, b, c, d;

  explicit HWY_INLINE GroupVectors(const void* from)
      : a(hn::LoadU(kFlatTag, At(from, 0))),
        b(hn::LoadU(kFlatTag, At(from, 1))),
        c(hn::LoadU(kFlatTag, At(from, 2))),
        d(hn::LoadU(kFlatTag, At(from, 3))) {}

  HWY_INLINE void AddTo(BlockVectors& sums, const GroupVectors& weights) const {
    AddProducts(sums.a, a, Signed(weights.a));
    AddProducts(sums.b, b, Signed(weights.b));
    AddProducts(sums.c, c, Signed(weights.c));
    AddProducts(sums.d, d, Signed(weights.d));
  }

 private:
  static HWY_INLINE const uint8_t* At(const void* from, size_t vector) {
    return static_cast<const uint8_t*>(from) + vector * kFlat;
  }
  static HWY_INLINE FlatWeights Signed(FlatBytes bytes) {
    return hn::BitCast(hn::Repartition<PackedWeight, IntTag>(), bytes);
  }
};

// Sums of a block of both rows. Of windows of three rows of a group each, whose weights stay in
// registers.
class SmallPair {
 public:
  SmallPair(const FlatLayout& /*layout*/, const OutputPair& pair, int /*height*/,
            const std::byte* weights)
      : rows_(pair.rows),
        first_(weights),
        second_(weights + kGroupBytes),
        third_(weights + 2 * kGroupBytes) {}

  HWY_INLINE void Add(size_t at, BlockVectors& upper, BlockVectors& lower) const {
    GroupVectors(rows_[0] + at).AddTo(upper, first_);
    const GroupVectors second(rows_[1] + at);
    second.AddTo(upper, second_);
    second.AddTo(lower, first_);
    const GroupVectors third(rows_[2] + at);
    third.AddTo(upper, third_);
    third.AddTo(lower, second_);
    GroupVectors(rows_[3] + at).AddTo(lower, third_);
  }

 private:
  static constexpr size_t kGroupBytes = kBlockVectors * kFlat;

  const uint8_t* const* rows_;
  GroupVectors first_, second_, third_;
};

// The same of any windows.
class LargePair {
 public:
  LargePair(const FlatLayout& layout, const OutputPair& pair, int height, const std::byte* weights)
      : rows_(pair.rows),
        height_(static_cast<size_t>(height)),
        groups_(layout.groups),
        group_bytes_(layout.GroupBytes(pair.strip)),
        weights_(weights) {}

  HWY_INLINE void Add(size_t at, BlockVectors& upper, BlockVectors& lower) const {
    const std::byte* of_upper = weights_;
    for (size_t g = 0; g < groups_; ++g, of_upper += kGroupBytes)
      GroupVectors(rows_[0] + at + g * group_bytes_).AddTo(upper, GroupVectors(of_upper));
    const std::byte* of_lower = weights_;
    for (size_t y = 1; y < height_; ++y) {
      for (size_t g = 0; g < groups_; ++g, of_upper += kGroupBytes, of_lower += kGroupBytes) {
        const GroupVectors taps(rows_[y] + at + g * group_bytes_);
        taps.AddTo(upper, GroupVectors(of_upper));
        taps.AddTo(lower, GroupVectors(of_lower));
      }
    }
    for (size_t g = 0; g < groups_; ++g, of_lower += kGroupBytes)
      GroupVectors(rows_[height_] + at + g * group_bytes_).AddTo(lower, GroupVectors(of_lower));
  }

 private:
  static constexpr size_t kGroupBytes = kBlockVectors * kFlat;

  const uint8_t* const* rows_;
  size_t height_, groups_, group_bytes_;
  const std::byte* weights_;
};

// A block's sums in the order of their bytes, clamped to the output's type.
template <class T, class Requantize>
class BlockRequantizer {
 public:
  HWY_INLINE BlockRequantizer(const int32_t* rows, int32_t zero_point)
      : a_(rows, kFlat, zero_point),
        b_(rows + kIntLanes, kFlat, zero_point),
        c_(rows + 2 * kIntLanes, kFlat, zero_point),
        d_(rows + 3 * kIntLanes, kFlat, zero_point) {}

  HWY_INLINE Bytes<T> operator()(const BlockVectors& sums) const {
    return PackBlock<T>(a_(sums.a), b_(sums.b), c_(sums.c), d_(sums.d));
  }

 private:
  Requantize a_, b_, c_, d_;
};

#endif  // HWY_ARCH_X86 && BRINK_PACKS_BLOCKS

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_FLAT_SUMS_INL_H_
