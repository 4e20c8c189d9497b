// The register block of hybrid_product.cc, compiled once a CPU target: a tile of a few quantised
// rows times a panel of packed weights, stored as floats.
#if defined(BRINK_KERNELS_HYBRID_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_HYBRID_TILE_INL_H_
#undef BRINK_KERNELS_HYBRID_TILE_INL_H_
#else
#define BRINK_KERNELS_HYBRID_TILE_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "brink/kernels/activation.h"
#include "brink/kernels/byte_products-inl.h"
#include "brink/kernels/lane_steps-inl.h"
#include "brink/kernels/requantize-inl.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// What a quantised input is, and how many of them a step multiplies:
//   VNNI:         unsigned bytes, moved up by 128, four a step
//   NEON with dot product: signed bytes as they are, four a step
//   other x86:    16-bit integers less their zero point, two a step (vpmaddwd)
//   NEON, scalar: the same, one a step
// Weights are bytes everywhere: a row's product is bound by reading them.
#if BRINK_BYTE_PRODUCTS
using HybridInput = ByteInput;
inline constexpr int kHybridStep = 4;
inline constexpr bool kHybridKeepsZero = true;
#elif HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
using HybridInput = int16_t;
inline constexpr int kHybridStep = 2;
inline constexpr bool kHybridKeepsZero = false;
#else
using HybridInput = int16_t;
inline constexpr int kHybridStep = 1;
inline constexpr bool kHybridKeepsZero = false;
#endif

// A vector of weights on ARM serves two vectors of sums.
#if HWY_ARCH_ARM && HWY_TARGET != HWY_SCALAR && !BRINK_BYTE_PRODUCTS
inline constexpr int kHybridTogether = 2;
#else
inline constexpr int kHybridTogether = 1;
#endif
// A tile's rows: its sums, a step's weights and an input fill the register file.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_ARCH_ARM_A64
inline constexpr int kHybridRows = 4;
#elif BRINK_BYTE_PRODUCTS  // of AVX2
inline constexpr int kHybridRows = 3;
#else
inline constexpr int kHybridRows = 2;
#endif
inline constexpr int kHybridVectors = 4;
inline constexpr int kHybridUnits = kHybridVectors * kLanes;

struct HybridRow {
  float scale;
  int32_t zero;  // of the inputs as they are kept
};

struct HybridTile {
  const HybridRow* headers;
  const HybridInput* rows;
  size_t row_inputs;
  const std::byte* panel;
  int first = 0;  // of the panel's vectors
  int steps;
  int columns;        // units to store
  const float* bias;  // of these units, or null
  float* output;
  size_t output_stride;
  FloatRange range;
};

template <int kRows, int kVectors>
struct HybridSums {
  IntVector at[kRows][kVectors];
};

// Adds one step's products.
template <int kRows, int kVectors>
HWY_INLINE void AddHybridStep(const HybridInput* const (&rows)[kRows], int at,
                              const int8_t* weights, HybridSums<kRows, kVectors>& sums) {
#if HWY_TARGET == HWY_SCALAR
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      sums.at[r][v] = hn::Add(sums.at[r][v], hn::Set(kInt, int32_t{rows[r][at]} * weights[v]));
    }
  }
#elif BRINK_BYTE_PRODUCTS
  IntVector inputs[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    int32_t step;
    std::memcpy(&step, rows[r] + at, sizeof(step));
    inputs[r] = hn::Set(kInt, step);
  }
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const auto weight = hn::LoadU(hn::Repartition<int8_t, IntTag>(), weights + v * kLanes * 4);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) AddByteProducts(sums.at[r][v], inputs[r], weight);
  }
#else
  using WideTag = hn::Repartition<int16_t, IntTag>;
  constexpr WideTag kWide;
  constexpr int kLoads = kVectors / kHybridTogether;
  hn::Vec<WideTag> weight[kLoads];
#pragma GCC unroll 8
  for (int v = 0; v < kLoads; ++v) {
    const int from = v * static_cast<int>(hn::MaxLanes(kWide));
    weight[v] = hn::PromoteTo(kWide, hn::LoadU(hn::Rebind<int8_t, WideTag>(), weights + from));
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#if HWY_ARCH_X86
    int32_t step;
    std::memcpy(&step, rows[r] + at, sizeof(step));
    const auto input = hn::BitCast(kWide, hn::Set(kInt, step));
#pragma GCC unroll 8
    for (int v = 0; v < kLoads; ++v) {
      IntVector odd = hn::Zero(kInt);  // emulation keeps the pairs' second products apart
      sums.at[r][v] = hn::ReorderWidenMulAccumulate(kInt, input, weight[v], sums.at[r][v], odd);
      if (HWY_TARGET == HWY_EMU128) sums.at[r][v] = hn::Add(sums.at[r][v], odd);
    }
#else
    const auto input = hn::Set(kWide, rows[r][at]);
#pragma GCC unroll 8
    for (int v = 0; v < kLoads; ++v) {
      sums.at[r][2 * v] = hn::ReorderWidenMulAccumulate(kInt, input, weight[v], sums.at[r][2 * v],
                                                        sums.at[r][2 * v + 1]);
    }
#endif
  }
#endif
}

HWY_INLINE FloatVector LoadHybridPart(const float* from, int count) {
  return count >= kLanes ? hn::LoadU(kFloat, from) : LoadPart(from, static_cast<size_t>(count));
}

template <int kWidth, int kRows, int kVectors>
HWY_INLINE void StoreHybridTile(const HybridTile& tile, const HybridSums<kRows, kVectors>& sums) {
  const auto* scales = reinterpret_cast<const float*>(tile.panel) + tile.first * kLanes;
  const auto* weight_sums = reinterpret_cast<const int32_t*>(scales + kWidth);
  const FloatVector low = hn::Set(kFloat, tile.range.low);
  const FloatVector high = hn::Set(kFloat, tile.range.high);
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const int left = tile.columns - v * kLanes;
    if (left <= 0) return;
    const FloatVector scale = hn::LoadU(kFloat, scales + v * kLanes);
    const FloatVector bias =
        tile.bias == nullptr ? hn::Zero(kFloat) : LoadHybridPart(tile.bias + v * kLanes, left);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      IntVector sum = sums.at[r][v];
      if constexpr (kHybridKeepsZero) {
        const IntVector zero = hn::Set(kInt, tile.headers[r].zero);
        sum = hn::Sub(sum, hn::Mul(zero, hn::LoadU(kInt, weight_sums + v * kLanes)));
      }
      const FloatVector factor = hn::Mul(hn::Set(kFloat, tile.headers[r].scale), scale);
      const FloatVector value =
          ClampTo(low, high, hn::MulAdd(hn::ConvertTo(kFloat, sum), factor, bias));
      float* to = tile.output + static_cast<size_t>(r) * tile.output_stride + v * kLanes;
      if (left >= kLanes) {
        hn::StoreU(value, kFloat, to);
      } else {
        StorePart(value, to, static_cast<size_t>(left));
      }
    }
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_HYBRID_TILE_INL_H_
