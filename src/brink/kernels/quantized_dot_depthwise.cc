#include "brink/kernels/quantized_dot_depthwise.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_dot_depthwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/sliding_depthwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64 && BRINK_BYTE_PRODUCTS

constexpr size_t kGroupRows = 4;
constexpr size_t kGroupBytes = kChannels * kGroupRows;
constexpr size_t GroupsOf(int taps) { return CeilDiv(static_cast<size_t>(taps), kGroupRows); }

// A block's weights are [along][groups][kChannels][kGroupRows].
constexpr size_t BlockBytes(int taps) {
  return kHeaderBytes + static_cast<size_t>(taps) * GroupsOf(taps) * kGroupBytes;
}

// What a line's windows share. A group is four of its rows, whose bytes of a channel at one place
// lie together; the last group repeats the last row where rows do not fill it, times weights of
// zero.
template <int kSize>
class DotWindows {
 public:
  static constexpr int kTaps = kSize;
  static constexpr size_t kGroups = GroupsOf(kSize);

  // The inputs of a line's rows at one place: of the block's first channels, and of the others.
  struct Inputs {
    int8x16_t low[kGroups];
    int8x16_t high[kGroups];
  };

  static constexpr size_t kBlockBytes = BlockBytes(kSize);

  HWY_INLINE DotWindows(const QuantizedConvProblem& p, const Line<int8_t>& line)
      : step_(line.step), zero_(vdupq_n_s8(static_cast<int8_t>(p.input_zero_point))) {
#pragma GCC unroll 8
    for (int row = 0; row < kTaps; ++row) rows_[row] = line.rows[row] + line.channel;
    const auto* weights = reinterpret_cast<const int8_t*>(line.block + kHeaderBytes);
#pragma GCC unroll 8
    for (int tap = 0; tap < kTaps; ++tap) {
#pragma GCC unroll 2
      for (size_t g = 0; g < kGroups; ++g, weights += kGroupBytes)
        weights_[tap][g] = {vld1q_s8(weights), vld1q_s8(weights + kGroupBytes / 2)};
    }
    biases_ = reinterpret_cast<const int32_t*>(line.block);
  }

  // Copies a block without the weights of rows outside of the picture, which hold the zero point,
  // and without what the biases have for them.
  static void LeaveOut(const QuantizedConvProblem& p, const Line<int8_t>& line,
                       const std::byte* block, std::byte* own) {
    const auto* header = reinterpret_cast<const int32_t*>(block);
    const int8x16_t zero = vdupq_n_s8(static_cast<int8_t>(p.input_zero_point));
    int8x16_t outside[kGroups];
    for (size_t g = 0; g < kGroups; ++g) {
      uint32_t bits = 0;
      for (size_t row = g * kGroupRows; row < std::min<size_t>(kTaps, (g + 1) * kGroupRows); ++row)
        bits |= line.inside[row] ? 0U : uint32_t{0xFF} << 8 * (row % kGroupRows);
      outside[g] = vreinterpretq_s8_u32(vdupq_n_u32(bits));
    }
    Sums biases{vld1q_s32(header), vld1q_s32(header + kIntLanes)};
    std::memcpy(own, block, kHeaderBytes);
    const auto* weights = reinterpret_cast<const int8_t*>(block + kHeaderBytes);
    auto* to = reinterpret_cast<int8_t*>(own + kHeaderBytes);
    for (int tap = 0; tap < kTaps; ++tap) {
#pragma GCC unroll 2
      for (size_t g = 0; g < kGroups; ++g, weights += kGroupBytes, to += kGroupBytes) {
        const int8x16_t low = vld1q_s8(weights);
        const int8x16_t high = vld1q_s8(weights + kGroupBytes / 2);
        AddFours(biases.low, zero, vandq_s8(low, outside[g]));
        AddFours(biases.high, zero, vandq_s8(high, outside[g]));
        vst1q_s8(to, vbicq_s8(low, outside[g]));
        vst1q_s8(to + kGroupBytes / 2, vbicq_s8(high, outside[g]));
      }
    }
    vst1q_s32(reinterpret_cast<int32_t*>(own), biases.low);
    vst1q_s32(reinterpret_cast<int32_t*>(own) + kIntLanes, biases.high);
  }

  // The next inputs of the line.
  HWY_INLINE Inputs Next() {
    Inputs inputs;
#pragma GCC unroll 2
    for (size_t g = 0; g < kGroups; ++g) {
      const int8x16_t a = Row(g * kGroupRows);
      if (g * kGroupRows + 1 == kTaps) {  // alone
        const int16x8_t pairs = vreinterpretq_s16_s8(vzip1q_s8(a, a));
        inputs.low[g] = vreinterpretq_s8_s16(vzip1q_s16(pairs, pairs));
        inputs.high[g] = vreinterpretq_s8_s16(vzip2q_s16(pairs, pairs));
        continue;
      }
      const int16x8_t first = vreinterpretq_s16_s8(vzip1q_s8(a, Row(g * kGroupRows + 1)));
      const int16x8_t second =
          vreinterpretq_s16_s8(vzip1q_s8(Row(g * kGroupRows + 2), Row(g * kGroupRows + 3)));
      inputs.low[g] = vreinterpretq_s8_s16(vzip1q_s16(first, second));
      inputs.high[g] = vreinterpretq_s8_s16(vzip2q_s16(first, second));
    }
    at_ += step_;
    return inputs;
  }
  // Those of a place beyond the line.
  HWY_INLINE Inputs Outside() const {
    Inputs inputs;
#pragma GCC unroll 2
    for (size_t g = 0; g < kGroups; ++g) inputs.low[g] = inputs.high[g] = zero_;
    return inputs;
  }

  // As WideWindows::Begin.
  HWY_INLINE void Begin(Sums& sums) const {
    const int32_t* biases = biases_;
    asm volatile("" : "+r"(biases));
    sums.low = vld1q_s32(biases);
    sums.high = vld1q_s32(biases + kIntLanes);
  }

  // Adds the products with the windows' taps of one place.
  HWY_INLINE void Add(Sums& sums, const Inputs& inputs, int tap) const {
#pragma GCC unroll 2
    for (size_t g = 0; g < kGroups; ++g) {
      AddFours(sums.low, inputs.low[g], weights_[tap][g].low);
      AddFours(sums.high, inputs.high[g], weights_[tap][g].high);
    }
  }

 private:
  struct Weights {
    int8x16_t low, high;
  };

  static HWY_INLINE void AddFours(int32x4_t& sum, int8x16_t inputs, int8x16_t weights) {
    IntVector sums(sum);
    using Bytes = hn::Vec<hn::Repartition<int8_t, IntTag>>;
    AddByteProducts(sums, Bytes(inputs), Bytes(weights));
    sum = sums.raw;
  }

  HWY_INLINE int8x16_t Row(size_t row) const {
    const int8_t* from = rows_[std::min<size_t>(row, kTaps - 1)] + at_;
    return vcombine_s8(vld1_s8(from), vdup_n_s8(0));
  }

  const int8_t* rows_[kTaps];
  size_t at_ = 0;
  size_t step_;
  int8x16_t zero_;
  Weights weights_[kTaps][kGroups];
  const int32_t* biases_;
};

bool Applies(const QuantizedConvProblem& p) {
  const int taps = p.shape.window.width;
  const bool bytes =
      p.type == Type::kInt8 && p.filter_type == Type::kInt8 && p.filter_zero_point == 0;
  return bytes && (taps == 3 || taps == 5 || taps == 7) && SlidesDepthwise(p);
}

size_t PackedBytes(const QuantizedConvProblem& p) {
  return AlignUp(static_cast<size_t>(Blocks(p.shape)) * BlockBytes(p.shape.window.width));
}

void Pack(const QuantizedConvProblem& p, const QuantizedConvWeights& weights, std::byte* packed) {
  const size_t groups = GroupsOf(p.shape.window.width);
  PackSliding(p, weights, BlockBytes(p.shape.window.width), packed,
              [&](std::byte* body, size_t along, size_t across, size_t c, int32_t weight) {
                const size_t group = along * groups + across / kGroupRows;
                body[(group * kChannels + c) * kGroupRows + across % kGroupRows] =
                    static_cast<std::byte>(weight);
              });
}

void Run(const QuantizedConvProblem& p, const QuantizedConvCall& call) {
  const int taps = p.shape.window.width;
  if (taps == 3) return RunSliding<DotWindows<3>, int8_t>(p, call);
  if (taps == 5) return RunSliding<DotWindows<5>, int8_t>(p, call);
  RunSliding<DotWindows<7>, int8_t>(p, call);
}

double Cost(const QuantizedConvProblem& p, int threads) {
  return static_cast<double>(p.shape.multiplies()) / kMacsPerMicrosecond / 1.2 /
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

QuantizedConvKernel QuantizedDotDepthwise() {
  return {
      .name = "dot depthwise",
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

#if HWY_ONCE && !defined(BRINK_BYTE_VARIANT)
namespace brink::kernels {

BRINK_EXPORT_BYTES(QuantizedDotDepthwise);

QuantizedConvKernel QuantizedDotDepthwiseEntry() {
  return BRINK_DISPATCH_BYTES(QuantizedDotDepthwise)();
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
