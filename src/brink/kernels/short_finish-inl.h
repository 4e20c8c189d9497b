// What makes 16-bit outputs of a convolution's sums, by vectors, compiled once a CPU target; bit
// for bit reference::FinishShort.
#if defined(BRINK_KERNELS_SHORT_FINISH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_SHORT_FINISH_INL_H_
#undef BRINK_KERNELS_SHORT_FINISH_INL_H_
#else
#define BRINK_KERNELS_SHORT_FINISH_INL_H_
#endif

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/reference/short_conv.h"
#include "brink/kernels/requantize-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

using WideTag = hn::Repartition<int64_t, IntTag>;
using WideVector = hn::Vec<WideTag>;
inline constexpr WideTag kWideInt{};
inline constexpr size_t kWideLanes = hn::MaxLanes(WideTag());

// MultiplyWide of sums of 32 bits, as nearly all are, by multipliers up to 1.
class WideScale {
 public:
  WideScale(IntVector values, IntVector shifts)
      : reduced_(Reduce(values)), odd_reduced_(hn::Shuffle2301(reduced_)) {
    const IntVector right = hn::Sub(hn::Set(kInt, kLeastRight), shifts);
    const auto good = hn::And(hn::Gt(right, hn::Set(kInt, kLeastRight - 1)),
                              hn::Lt(right, hn::Set(kInt, kMostRight + 1)));
    fits_ = hn::AllTrue(kInt, hn::And(good, hn::Gt(values, hn::Set(kInt, -1))));
    right_ = hn::BitCast(kWideInt, hn::OddEven(hn::Zero(kInt), right));
    odd_right_ = hn::BitCast(kWideInt, hn::OddEven(hn::Zero(kInt), hn::Shuffle2301(right)));
    const WideVector one = hn::Set(kWideInt, 1);
    half_ = hn::Shl(one, hn::Sub(right_, one));
    odd_half_ = hn::Shl(one, hn::Sub(odd_right_, one));
  }
  // Whether every lane's multiplier is one of these.
  bool fits() const { return fits_; }
  HWY_INLINE IntVector operator()(IntVector sums) const {
    const auto even = hn::Shr(hn::Add(hn::MulEven(sums, reduced_), half_), right_);
    const auto odd =
        hn::Shr(hn::Add(hn::MulEven(hn::Shuffle2301(sums), odd_reduced_), odd_half_), odd_right_);
    return hn::OddEven(hn::Shuffle2301(hn::BitCast(kInt, odd)), hn::BitCast(kInt, even));
  }

 private:
  // With a product below 2^46, results of such shifts fit 32 bits.
  static constexpr int32_t kLeastRight = 15;
  static constexpr int32_t kMostRight = 60;

  // The upper 16 bits, rounded but where that would make 2^15 of them.
  static IntVector Reduce(IntVector values) {
    const hn::Repartition<uint32_t, IntTag> bits;
    const auto rounded = hn::BitCast(bits, hn::Add(values, hn::Set(kInt, 1 << 15)));
    return hn::Min(hn::BitCast(kInt, hn::ShiftRight<16>(rounded)), hn::Set(kInt, 0x7FFF));
  }

  IntVector reduced_, odd_reduced_;  // and with neighbours exchanged
  WideVector right_, odd_right_;
  WideVector half_, odd_half_;
  bool fits_;
};

HWY_INLINE WideVector LoadSums(const int64_t* from) { return hn::LoadU(kWideInt, from); }
HWY_INLINE WideVector LoadSums(const int32_t* from) {
  return hn::PromoteTo(kWideInt, hn::LoadU(hn::Rebind<int32_t, WideTag>(), from));
}

// The lower halves of sums and biases of a vector of channels; `fit`: whether they are all of them.
template <class Sum>
HWY_INLINE IntVector CutSums(const Sum* sums, const int64_t* bias, bool& fit) {
  const WideVector low = hn::Add(LoadSums(sums), hn::LoadU(kWideInt, bias));
  const WideVector high =
      hn::Add(LoadSums(sums + kWideLanes), hn::LoadU(kWideInt, bias + kWideLanes));
  const IntVector cut = hn::ConcatEven(kInt, hn::BitCast(kInt, high), hn::BitCast(kInt, low));
  const IntVector upper = hn::ConcatOdd(kInt, hn::BitCast(kInt, high), hn::BitCast(kInt, low));
  fit = hn::AllTrue(kInt, hn::Eq(upper, hn::BroadcastSignBit(cut)));
  return cut;
}

#endif

// Channels next to each other.
struct ShortChannels {
  const int64_t* bias;
  const Multiplier* multipliers;
  int count;
};

// The sums of those channels of pixels next to each other.
template <class Sum>
struct ShortSums {
  const Sum* at;
  size_t step;  // from pixel to pixel
  size_t count;
};

// Channels [begin, end) of all pixels, one by one.
template <class Sum>
HWY_NOINLINE void FinishSingly(const ShortConvProblem& p, const ShortChannels& channels,
                               ShortSums<Sum> sums, ChannelRange range, int16_t* output) {
  for (; sums.count != 0; --sums.count, sums.at += sums.step, output += p.shape.out_channels) {
    for (int c = range.first; c < range.first + range.count; ++c) {
      output[c] = reference::FinishShort(p, int64_t{sums.at[c]} + channels.bias[c],
                                         channels.multipliers[c]);
    }
  }
}

// Makes those channels of the pixels' outputs, the first of which is at `output`.
template <class Sum>
void FinishShortSums(const ShortConvProblem& p, const ShortChannels& channels,
                     const ShortSums<Sum>& sums, int16_t* output) {
  int c = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::Rebind<int16_t, IntTag> narrow;
  const IntVector least = hn::Set(kInt, p.range.low);
  const IntVector most = hn::Set(kInt, p.range.high);
  for (; p.wide && c + kIntLanes <= channels.count; c += kIntLanes) {
    IntVector values, shifts;
    hn::LoadInterleaved2(kInt, &channels.multipliers[c].value, values, shifts);
    const WideScale scale(values, shifts);
    bool all_fit = scale.fits();
    const Sum* from = sums.at + c;
    int16_t* to = output + c;
    for (size_t i = 0; i < sums.count; ++i, from += sums.step, to += p.shape.out_channels) {
      bool fit = false;
      const IntVector cut = CutSums(from, channels.bias + c, fit);
      all_fit = all_fit && fit;
      hn::StoreU(hn::DemoteTo(narrow, hn::Min(hn::Max(scale(cut), least), most)), narrow, to);
    }
    if (HWY_UNLIKELY(!all_fit)) FinishSingly(p, channels, sums, {c, kIntLanes}, output);
  }
#endif
  FinishSingly(p, channels, sums, {c, channels.count - c}, output);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_SHORT_FINISH_INL_H_
