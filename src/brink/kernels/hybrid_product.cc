#include "brink/kernels/hybrid_product.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <type_traits>

#define HWY_WANT_AVX3_DL  // VNNI
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/hybrid_product.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/byte_products-inl.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/lane_steps-inl.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/quantise_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// What a quantised input is, and how many of them a step multiplies:
//   VNNI:         unsigned bytes, moved up by 128, four a step
//   NEON with dot product: signed bytes as they are, four a step
//   other x86:    16-bit integers less their zero point, two a step (vpmaddwd)
//   NEON, scalar: the same, one a step
// Weights are bytes everywhere: a row's product is bound by reading them.
#if BRINK_BYTE_PRODUCTS
using Input = ByteInput;
constexpr int kStepInputs = 4;
constexpr bool kKeepsZero = true;
#elif HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
using Input = int16_t;
constexpr int kStepInputs = 2;
constexpr bool kKeepsZero = false;
#else
using Input = int16_t;
constexpr int kStepInputs = 1;
constexpr bool kKeepsZero = false;
#endif
constexpr float kMove = std::is_signed_v<Input> ? 0 : 128;

// A vector of weights on ARM serves two vectors of sums.
#if HWY_ARCH_ARM && HWY_TARGET != HWY_SCALAR && !BRINK_BYTE_PRODUCTS
constexpr int kTogether = 2;
#else
constexpr int kTogether = 1;
#endif
// A tile's rows: its sums, a step's weights and an input fill the register file.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_ARCH_ARM_A64
constexpr int kHybridRows = 4;
#elif BRINK_BYTE_PRODUCTS  // of AVX2
constexpr int kHybridRows = 3;
#else
constexpr int kHybridRows = 2;
#endif
constexpr int kUnitVectors = 4;
constexpr int kUnits = kUnitVectors * kLanes;

using IntTag = hn::ScalableTag<int32_t>;
using IntVector = hn::Vec<IntTag>;
constexpr IntTag kInt{};

// Units stand in panels of kUnitVectors vectors, the last one of as few as hold the rest. A panel
// is its units' scales, their weights' sums (where inputs keep their zero point), and for each step
// [width][kStepInputs] weights.
struct Layout {
  int steps;
  int units;

  explicit Layout(const HybridProblem& p)
      : steps((p.columns + kStepInputs - 1) / kStepInputs), units(p.units) {}
  int panels() const { return (units + kUnits - 1) / kUnits; }
  int Vectors(int panel) const {
    constexpr int kRound = kLanes * kTogether;
    const int left = std::min(units - panel * kUnits, kUnits);
    return (left + kRound - 1) / kRound * kTogether;
  }
  size_t Bytes(int vectors) const {
    constexpr size_t kHeader = kKeepsZero ? 8 : 4;
    return static_cast<size_t>(vectors * kLanes) *
           (kHeader + static_cast<size_t>(steps) * kStepInputs);
  }
  size_t Offset(int panel) const { return static_cast<size_t>(panel) * Bytes(kUnitVectors); }
  size_t bytes() const { return Offset(panels() - 1) + Bytes(Vectors(panels() - 1)); }
  size_t row_inputs() const { return static_cast<size_t>(steps) * kStepInputs; }
};

struct RowHeader {
  float scale;
  int32_t zero;  // of the inputs as they are kept
};

// Scratch memory: a header a row, then the quantised rows.
struct Memory {
  RowHeader* headers;
  Input* rows;

  Memory(const HybridProblem& p, std::byte* scratch)
      : headers(reinterpret_cast<RowHeader*>(scratch)),
        rows(reinterpret_cast<Input*>(headers + p.rows)) {}
};

struct HybridTile {
  const RowHeader* headers;
  const Input* rows;
  size_t row_inputs;
  const std::byte* panel;
  int steps;
  int columns;        // units to store
  const float* bias;  // of the panel's units, or null
  float* output;
  size_t output_stride;
  FloatRange range;
};

template <int kRows, int kVectors>
struct Sums {
  IntVector at[kRows][kVectors];
};

// Adds one step's products.
template <int kRows, int kVectors>
HWY_INLINE void AddStep(const Input* const (&rows)[kRows], int at, const int8_t* weights,
                        Sums<kRows, kVectors>& sums) {
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
  constexpr int kLoads = kVectors / kTogether;
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

HWY_INLINE FloatVector LoadUpTo(const float* from, int count) {
  return count >= kLanes ? hn::LoadU(kFloat, from) : LoadPart(from, static_cast<size_t>(count));
}

template <int kRows, int kVectors>
HWY_INLINE void StoreTile(const HybridTile& tile, const Sums<kRows, kVectors>& sums) {
  const auto* scales = reinterpret_cast<const float*>(tile.panel);
  const auto* weight_sums = reinterpret_cast<const int32_t*>(scales + kVectors * kLanes);
  const FloatVector low = hn::Set(kFloat, tile.range.low);
  const FloatVector high = hn::Set(kFloat, tile.range.high);
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const int left = tile.columns - v * kLanes;
    if (left <= 0) return;
    const FloatVector scale = hn::LoadU(kFloat, scales + v * kLanes);
    const FloatVector bias =
        tile.bias == nullptr ? hn::Zero(kFloat) : LoadUpTo(tile.bias + v * kLanes, left);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      IntVector sum = sums.at[r][v];
      if constexpr (kKeepsZero) {
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

template <int kRows, int kVectors>
HWY_NOINLINE void MultiplyRows(const HybridTile& tile) {
  Sums<kRows, kVectors> sums;
  const Input* rows[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    rows[r] = tile.rows + static_cast<size_t>(r) * tile.row_inputs;
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sums.at[r][v] = hn::Zero(kInt);
  }
  constexpr int kWidth = kVectors * kLanes;
  const auto* weights = reinterpret_cast<const int8_t*>(tile.panel) + kWidth * (kKeepsZero ? 8 : 4);
  int steps = tile.steps;
#if BRINK_SUMS_FOUR_STEPS
  for (; steps >= 4; steps -= 4) SumFourSteps<kRows, kVectors>(rows, weights, sums);
#endif
  for (int step = 0; step < steps; ++step) {
    AddStep<kRows, kVectors>(rows, step * kStepInputs, weights, sums);
    weights += kWidth * kStepInputs;
  }
  StoreTile<kRows, kVectors>(tile, sums);
}

using MultiplyFunction = void (*)(const HybridTile&);

template <int kRows>
MultiplyFunction ChooseVectors(int vectors) {
  if constexpr (kTogether == 1) {
    if (vectors == 1) return &MultiplyRows<kRows, 1>;
    if (vectors == 3) return &MultiplyRows<kRows, 3>;
  }
  if (vectors == 2) return &MultiplyRows<kRows, 2>;
  return &MultiplyRows<kRows, kUnitVectors>;
}

void MultiplyPanel(const HybridProblem& p, const HybridArguments& a, const Layout& layout,
                   int panel) {
  const Memory memory(p, a.scratch);
  const int vectors = layout.Vectors(panel);
  const int first = panel * kUnits;
  HybridTile tile{.row_inputs = layout.row_inputs(),
                  .panel = a.packed + layout.Offset(panel),
                  .steps = layout.steps,
                  .columns = std::min(p.units - first, kUnits),
                  .bias = a.bias == nullptr ? nullptr : a.bias + first,
                  .output_stride = static_cast<size_t>(p.units),
                  .range = p.range};
  const MultiplyFunction together = ChooseVectors<kHybridRows>(vectors);
  const MultiplyFunction alone = ChooseVectors<1>(vectors);
  for (int row = 0; row < p.rows;) {
    tile.headers = memory.headers + row;
    tile.rows = memory.rows + static_cast<size_t>(row) * tile.row_inputs;
    tile.output = a.output + static_cast<size_t>(row) * tile.output_stride + first;
    const bool whole = p.rows - row >= kHybridRows;
    (whole ? together : alone)(tile);
    row += whole ? kHybridRows : 1;
  }
}

void QuantiseRows(const HybridProblem& p, const HybridArguments& a, int64_t first, int64_t count) {
  const Memory memory(p, a.scratch);
  const size_t row_inputs = Layout(p).row_inputs();
  const auto row_at = [&](int64_t row) {
    return std::span<const float>(a.input + row * p.columns, static_cast<size_t>(p.columns));
  };
  VectorSteps next = FindSteps(row_at(first), p.asymmetric);
  for (int64_t row = first; row < first + count; ++row) {
    const VectorSteps steps = next;
    // Before this row is stored, which hides how long the steps wait for one another.
    if (row + 1 < first + count) next = FindSteps(row_at(row + 1), p.asymmetric);
    const float minus = kKeepsZero ? -kMove : steps.zero;
    Input* to = memory.rows + static_cast<size_t>(row) * row_inputs;
    QuantiseBy(steps, row_at(row), minus, to);
    // The weights behind a row's end are zeros.
    std::fill(to + p.columns, to + row_inputs, Input{0});
    memory.headers[row] = {steps.real_scale(), static_cast<int32_t>(steps.zero - minus)};
  }
}

// Inputs of a unit that are packed at a time: the steps that they fill stay in the first cache
// while all units of a panel pass by.
constexpr int kPackedTogether = 256;
static_assert(kPackedTogether % kStepInputs == 0);

// Copies `count` weights of a unit into steps that are `stride` apart.
void PackUnit(const int8_t* row, int count, size_t stride, int8_t* to) {
  const int whole = count / kStepInputs;
  for (int step = 0; step < whole; ++step, to += stride)
    std::memcpy(to, row + step * kStepInputs, kStepInputs);
  const int rest = count - whole * kStepInputs;
  if (rest == 0) return;
  std::memset(to, 0, kStepInputs);
  std::copy_n(row + count - rest, rest, to);
}

void PackPanel(const HybridProblem& p, const HybridWeights& from, int panel, std::byte* packed) {
  const Layout layout(p);
  const int first = panel * kUnits;
  const int units = std::min(p.units - first, kUnits);
  const int vectors = layout.Vectors(panel);
  const auto width = static_cast<size_t>(vectors) * kLanes;
  auto* scales = reinterpret_cast<float*>(packed);
  auto* weights = reinterpret_cast<int8_t*>(scales + (kKeepsZero ? 2 : 1) * width);
  const bool is_full = units == vectors * kLanes;
  std::memset(packed, 0,
              is_full ? (kKeepsZero ? 2 : 1) * width * sizeof(float) : layout.Bytes(vectors));
  for (int unit = 0; unit < units; ++unit)
    scales[unit] = from.scales[from.scales.size() == 1 ? 0 : static_cast<size_t>(first + unit)];
  for (int begin = 0; begin < p.columns; begin += kPackedTogether) {
    const int count = std::min(kPackedTogether, p.columns - begin);
    int8_t* steps = weights + static_cast<size_t>(begin) * width;
    for (int unit = 0; unit < units; ++unit) {
      const int8_t* row = from.weights + static_cast<int64_t>(first + unit) * p.columns + begin;
      PackUnit(row, count, width * kStepInputs, steps + unit * kStepInputs);
      if constexpr (kKeepsZero) {
        const auto sum = static_cast<uint32_t>(std::accumulate(row, row + count, 0));
        reinterpret_cast<uint32_t*>(scales + width)[unit] += sum;
      }
    }
  }
}

}  // namespace

size_t PackedBytes(const HybridProblem& p) { return Layout(p).bytes(); }

size_t ScratchBytes(const HybridProblem& p) {
  return static_cast<size_t>(p.rows) * (sizeof(RowHeader) + Layout(p).row_inputs() * sizeof(Input));
}

void Pack(const HybridProblem& p, const HybridWeights& from, std::byte* packed) {
  const Layout layout(p);
  for (int panel = 0; panel < layout.panels(); ++panel)
    PackPanel(p, from, panel, packed + layout.Offset(panel));
}

void Multiply(const HybridProblem& p, const HybridArguments& a, const Parallel& parallel) {
  // As much work as is worth a thread's attention.
  constexpr int64_t kPieceInputs = 1 << 12;
  constexpr int64_t kPieceProducts = 1 << 17;
  const Layout layout(p);
  ForEachPiece(p.rows, kPieceInputs / p.columns + 1, parallel,
               [&](int64_t first, int64_t count) { QuantiseRows(p, a, first, count); });
  const int64_t products = int64_t{p.rows} * p.columns * kUnits;
  ForEachPiece(layout.panels(), kPieceProducts / products + 1, parallel,
               [&](int64_t first, int64_t count) {
                 for (int64_t panel = first; panel < first + count; ++panel) {
                   MultiplyPanel(p, a, layout, static_cast<int>(panel));
                 }
               });
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE && !defined(BRINK_BYTE_VARIANT)
namespace brink::kernels {

BRINK_EXPORT_BYTES(PackedBytes);
BRINK_EXPORT_BYTES(ScratchBytes);
BRINK_EXPORT_BYTES(Pack);
BRINK_EXPORT_BYTES(Multiply);

size_t HybridPackedBytes(const HybridProblem& problem) {
  return BRINK_DISPATCH_BYTES(PackedBytes)(problem);
}

void PackHybrid(const HybridProblem& problem, const HybridWeights& weights, std::byte* packed) {
  BRINK_DISPATCH_BYTES(Pack)(problem, weights, packed);
}

size_t HybridScratchBytes(const HybridProblem& problem) {
  return BRINK_DISPATCH_BYTES(ScratchBytes)(problem);
}

void HybridProduct(const HybridProblem& problem, const HybridArguments& arguments,
                   const Parallel& parallel) {
  BRINK_DISPATCH_BYTES(Multiply)(problem, arguments, parallel);
}

}  // namespace brink::kernels
#endif
