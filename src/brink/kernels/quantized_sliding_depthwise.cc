#include "brink/kernels/quantized_sliding_depthwise.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_sliding_depthwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/sliding_depthwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64

// A block's weights are [across][along][kChannels].
constexpr size_t BlockBytes(int taps) {
  return kHeaderBytes + kChannels * static_cast<size_t>(taps * taps) * sizeof(int16_t);
}

// What a line's windows share, of inputs and weights of 16 bits without their zero points.
template <class T, int kSize>
class WideWindows {
 public:
  static constexpr int kTaps = kSize;
  static constexpr size_t kBlockBytes = BlockBytes(kSize);

  // The inputs of a line's rows at one place.
  struct Inputs {
    int16x8_t at[kTaps];
  };

  HWY_INLINE WideWindows(const QuantizedConvProblem& p, const Line<T>& line)
      : step_(line.step), zero_(vdup_n_u8(static_cast<uint8_t>(p.input_zero_point))) {
    const auto* weights = reinterpret_cast<const int16_t*>(line.block + kHeaderBytes);
#pragma GCC unroll 8
    for (int row = 0; row < kTaps; ++row) {
      rows_[row] = line.rows[row] + line.channel;
#pragma GCC unroll 8
      for (int tap = 0; tap < kTaps; ++tap, weights += kChannels)
        weights_[row][tap] = vld1q_s16(weights);
    }
    biases_ = reinterpret_cast<const int32_t*>(line.block);
  }

  // Copies a block without the weights of rows outside of the picture, which hold the zero point.
  static void LeaveOut(const QuantizedConvProblem& /*p*/, const Line<T>& line,
                       const std::byte* block, std::byte* own) {
    constexpr size_t kRowBytes = kTaps * kChannels * sizeof(int16_t);
    std::memcpy(own, block, kBlockBytes);
    for (size_t row = 0; row < kTaps; ++row)
      if (!line.inside[row]) std::memset(own + kHeaderBytes + row * kRowBytes, 0, kRowBytes);
  }

  // The next inputs of the line.
  HWY_INLINE Inputs Next() {
    Inputs inputs;
#pragma GCC unroll 8
    for (int row = 0; row < kTaps; ++row) {
      const auto* from = reinterpret_cast<const uint8_t*>(rows_[row] + at_);
      if constexpr (std::is_signed_v<T>) {
        inputs.at[row] = vsubl_s8(vreinterpret_s8_u8(vld1_u8(from)), vreinterpret_s8_u8(zero_));
      } else {
        inputs.at[row] = vreinterpretq_s16_u16(vsubl_u8(vld1_u8(from), zero_));
      }
    }
    at_ += step_;
    return inputs;
  }
  // Those of a place beyond the line.
  static HWY_INLINE Inputs Outside() {
    Inputs inputs;
#pragma GCC unroll 8
    for (int16x8_t& of : inputs.at) of = vdupq_n_s16(0);
    return inputs;
  }

  // Sums begin with biases, read in one instruction each time: no registers are kept for them.
  HWY_INLINE void Begin(Sums& sums) const {
    const int32_t* biases = biases_;
    asm volatile("" : "+r"(biases));
    sums.low = vld1q_s32(biases);
    sums.high = vld1q_s32(biases + kIntLanes);
  }

  // Adds the products with the windows' taps of one place.
  HWY_INLINE void Add(Sums& sums, const Inputs& inputs, int tap) const {
#pragma GCC unroll 8
    for (int row = 0; row < kTaps; ++row) {
      const int16x8_t weights = weights_[row][tap];
      // g++ takes copies of halves and sums for the intrinsics.
      asm("smlal %0.4s, %1.4h, %2.4h" : "+w"(sums.low) : "w"(inputs.at[row]), "w"(weights));
      asm("smlal2 %0.4s, %1.8h, %2.8h" : "+w"(sums.high) : "w"(inputs.at[row]), "w"(weights));
    }
  }

 private:
  const T* rows_[kTaps];
  size_t at_ = 0;
  size_t step_;
  uint8x8_t zero_;
  int16x8_t weights_[kTaps][kTaps];
  const int32_t* biases_;
};

bool Applies(const QuantizedConvProblem& p) {
  const int taps = p.shape.window.width;
  return (taps == 3 || taps == 5) && SlidesDepthwise(p);
}

size_t PackedBytes(const QuantizedConvProblem& p) {
  return AlignUp(static_cast<size_t>(Blocks(p.shape)) * BlockBytes(p.shape.window.width));
}

void Pack(const QuantizedConvProblem& p, const QuantizedConvWeights& weights, std::byte* packed) {
  const auto taps = static_cast<size_t>(p.shape.window.width);
  PackSliding(p, weights, BlockBytes(p.shape.window.width), packed,
              [&](std::byte* body, size_t along, size_t across, size_t c, int32_t weight) {
                reinterpret_cast<int16_t*>(body)[(across * taps + along) * kChannels + c] =
                    static_cast<int16_t>(weight);
              });
}

template <class T>
void RunOf(const QuantizedConvProblem& p, const QuantizedConvCall& call) {
  p.shape.window.width == 3 ? RunSliding<WideWindows<T, 3>, T>(p, call)
                            : RunSliding<WideWindows<T, 5>, T>(p, call);
}

void Run(const QuantizedConvProblem& p, const QuantizedConvCall& call) {
  p.type == Type::kInt8 ? RunOf<int8_t>(p, call) : RunOf<uint8_t>(p, call);
}

double Cost(const QuantizedConvProblem& p, int threads) {
  return static_cast<double>(p.shape.multiplies()) / kMacsPerMicrosecond / 0.8 /
         std::max(1, threads);
}

#else

bool Applies(const QuantizedConvProblem&) { return false; }
double Cost(const QuantizedConvProblem&, int) { return 0; }
size_t PackedBytes(const QuantizedConvProblem&) { return 0; }
void Pack(const QuantizedConvProblem&, const QuantizedConvWeights&, std::byte*) {}
void Run(const QuantizedConvProblem&, const QuantizedConvCall&) {}

#endif

}  // namespace

QuantizedConvKernel QuantizedSlidingDepthwise() {
  return {
      .name = "sliding depthwise",
      .applies = Applies,
      .cost = Cost,
      .packed_bytes = PackedBytes,
      .pack = Pack,
      .scratch_bytes = [](const QuantizedConvProblem&, int) { return size_t{0}; },
      .run = Run,
  };
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(QuantizedSlidingDepthwise);

QuantizedConvKernel QuantizedSlidingDepthwiseEntry() {
  return BRINK_DISPATCH(QuantizedSlidingDepthwise)();
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
