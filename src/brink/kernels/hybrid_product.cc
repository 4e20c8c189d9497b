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

#include "brink/kernels/dispatch.h"
#include "brink/kernels/hybrid_tile-inl.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/quantise_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

constexpr float kMove = std::is_signed_v<HybridInput> ? 0 : 128;

// Units stand in panels of kHybridVectors vectors, the last one of as few as hold the rest. A panel
// is its units' scales, their weights' sums (where inputs keep their zero point), and for each step
// [width][kHybridStep] weights.
struct Layout {
  int steps;
  int units;

  explicit Layout(const HybridProblem& p)
      : steps((p.columns + kHybridStep - 1) / kHybridStep), units(p.units) {}
  int panels() const { return (units + kHybridUnits - 1) / kHybridUnits; }
  int Vectors(int panel) const {
    constexpr int kRound = kLanes * kHybridTogether;
    const int left = std::min(units - panel * kHybridUnits, kHybridUnits);
    return (left + kRound - 1) / kRound * kHybridTogether;
  }
  size_t Bytes(int vectors) const {
    constexpr size_t kHeader = kHybridKeepsZero ? 8 : 4;
    return static_cast<size_t>(vectors * kLanes) *
           (kHeader + static_cast<size_t>(steps) * kHybridStep);
  }
  size_t Offset(int panel) const { return static_cast<size_t>(panel) * Bytes(kHybridVectors); }
  size_t bytes() const { return Offset(panels() - 1) + Bytes(Vectors(panels() - 1)); }
  size_t row_inputs() const { return static_cast<size_t>(steps) * kHybridStep; }
};

// Scratch memory: a header a row, then the quantised rows.
struct Memory {
  HybridRow* headers;
  HybridInput* rows;

  Memory(const HybridProblem& p, std::byte* scratch)
      : headers(reinterpret_cast<HybridRow*>(scratch)),
        rows(reinterpret_cast<HybridInput*>(headers + p.rows)) {}
};

// Tiles of half a panel and more rows, where weights are widened to 16 bits in few registers: the
// fewer vectors a step has, the less widening there is for a product.
#undef BRINK_TALL_TILES
#if (HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4) && !BRINK_BYTE_PRODUCTS
#define BRINK_TALL_TILES 1
constexpr int kTallRows = 6;
constexpr int kTallVectors = 2;
#else
#define BRINK_TALL_TILES 0
#endif

// Some vectors of a panel of kPanelVectors.
template <int kRows, int kVectors, int kPanelVectors = kVectors>
HWY_NOINLINE void MultiplyHybridRows(const HybridTile& tile) {
  HybridSums<kRows, kVectors> sums;
  const HybridInput* rows[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    rows[r] = tile.rows + static_cast<size_t>(r) * tile.row_inputs;
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sums.at[r][v] = hn::Zero(kInt);
  }
  constexpr int kWidth = kPanelVectors * kLanes;
  const auto* weights = reinterpret_cast<const int8_t*>(tile.panel) +
                        kWidth * (kHybridKeepsZero ? 8 : 4) + tile.first * kLanes * kHybridStep;
  int steps = tile.steps;
#if BRINK_SUMS_FOUR_STEPS
  for (; steps >= 4; steps -= 4) SumFourSteps<kRows, kVectors>(rows, weights, sums);
#endif
  for (int step = 0; step < steps; ++step) {
    AddHybridStep<kRows, kVectors>(rows, step * kHybridStep, weights, sums);
    weights += kWidth * kHybridStep;
  }
  StoreHybridTile<kWidth>(tile, sums);
}

using MultiplyFunction = void (*)(const HybridTile&);

template <int kRows>
MultiplyFunction ChooseVectors(int vectors) {
  if constexpr (kHybridTogether == 1) {
    if (vectors == 1) return &MultiplyHybridRows<kRows, 1>;
    if (vectors == 3) return &MultiplyHybridRows<kRows, 3>;
  }
  if (vectors == 2) return &MultiplyHybridRows<kRows, 2>;
  return &MultiplyHybridRows<kRows, kHybridVectors>;
}

// Multiplies as many rows as make whole tall tiles by a panel of the tile, which starts with the
// first row. Returns how many.
int MultiplyTallRows([[maybe_unused]] const HybridProblem& p,
                     [[maybe_unused]] const HybridTile& panel, [[maybe_unused]] int vectors) {
#if BRINK_TALL_TILES
  if (vectors != kTallVectors && vectors != kHybridVectors) return 0;
  const int rows = p.rows / kTallRows * kTallRows;
  const MultiplyFunction multiply =
      vectors == kTallVectors ? &MultiplyHybridRows<kTallRows, kTallVectors>
                              : &MultiplyHybridRows<kTallRows, kTallVectors, kHybridVectors>;
  for (int first = 0; first < vectors; first += kTallVectors) {
    const int before = first * kLanes;
    HybridTile tile = panel;
    tile.first = first;
    tile.columns -= before;
    if (tile.bias != nullptr) tile.bias += before;
    tile.output += before;
    for (int row = 0; row < rows; row += kTallRows) {
      multiply(tile);
      tile.headers += kTallRows;
      tile.rows += kTallRows * tile.row_inputs;
      tile.output += kTallRows * tile.output_stride;
    }
  }
  return rows;
#else
  return 0;
#endif
}

void MultiplyPanel(const HybridProblem& p, const HybridArguments& a, const Layout& layout,
                   int panel) {
  const Memory memory(p, a.scratch);
  const int vectors = layout.Vectors(panel);
  const int first = panel * kHybridUnits;
  HybridTile tile{.headers = memory.headers,
                  .rows = memory.rows,
                  .row_inputs = layout.row_inputs(),
                  .panel = a.packed + layout.Offset(panel),
                  .steps = layout.steps,
                  .columns = std::min(p.units - first, kHybridUnits),
                  .bias = a.bias == nullptr ? nullptr : a.bias + first,
                  .output = a.output + first,
                  .output_stride = static_cast<size_t>(p.units),
                  .range = p.range};
  const MultiplyFunction together = ChooseVectors<kHybridRows>(vectors);
  const MultiplyFunction alone = ChooseVectors<1>(vectors);
  for (int row = MultiplyTallRows(p, tile, vectors); row < p.rows;) {
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
    const float minus = kHybridKeepsZero ? -kMove : steps.zero;
    HybridInput* to = memory.rows + static_cast<size_t>(row) * row_inputs;
    QuantiseBy(steps, row_at(row), minus, to);
    // The weights behind a row's end are zeros.
    std::fill(to + p.columns, to + row_inputs, HybridInput{0});
    memory.headers[row] = {steps.real_scale(), static_cast<int32_t>(steps.zero - minus)};
  }
}

// Inputs of a unit that are packed at a time: the steps that they fill stay in the first cache
// while all units of a panel pass by.
constexpr int kPackedTogether = 256;
static_assert(kPackedTogether % kHybridStep == 0);

// Copies `count` weights of a unit into steps that are `stride` apart.
void PackUnit(const int8_t* row, int count, size_t stride, int8_t* to) {
  const int whole = count / kHybridStep;
  for (int step = 0; step < whole; ++step, to += stride)
    std::memcpy(to, row + step * kHybridStep, kHybridStep);
  const int rest = count - whole * kHybridStep;
  if (rest == 0) return;
  std::memset(to, 0, kHybridStep);
  std::copy_n(row + count - rest, rest, to);
}

void PackPanel(const HybridProblem& p, const HybridWeights& from, int panel, std::byte* packed) {
  const Layout layout(p);
  const int first = panel * kHybridUnits;
  const int units = std::min(p.units - first, kHybridUnits);
  const int vectors = layout.Vectors(panel);
  const auto width = static_cast<size_t>(vectors) * kLanes;
  auto* scales = reinterpret_cast<float*>(packed);
  auto* weights = reinterpret_cast<int8_t*>(scales + (kHybridKeepsZero ? 2 : 1) * width);
  const bool is_full = units == vectors * kLanes;
  std::memset(packed, 0,
              is_full ? (kHybridKeepsZero ? 2 : 1) * width * sizeof(float) : layout.Bytes(vectors));
  for (int unit = 0; unit < units; ++unit)
    scales[unit] = from.scales[from.scales.size() == 1 ? 0 : static_cast<size_t>(first + unit)];
  for (int begin = 0; begin < p.columns; begin += kPackedTogether) {
    const int count = std::min(kPackedTogether, p.columns - begin);
    int8_t* steps = weights + static_cast<size_t>(begin) * width;
    for (int unit = 0; unit < units; ++unit) {
      const int8_t* row = from.weights + static_cast<int64_t>(first + unit) * p.columns + begin;
      PackUnit(row, count, width * kHybridStep, steps + unit * kHybridStep);
      if constexpr (kHybridKeepsZero) {
        const auto sum = static_cast<uint32_t>(std::accumulate(row, row + count, 0));
        reinterpret_cast<uint32_t*>(scales + width)[unit] += sum;
      }
    }
  }
}

}  // namespace

size_t PackedBytes(const HybridProblem& p) { return Layout(p).bytes(); }

size_t ScratchBytes(const HybridProblem& p) {
  return static_cast<size_t>(p.rows) *
         (sizeof(HybridRow) + Layout(p).row_inputs() * sizeof(HybridInput));
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
  const int64_t products = int64_t{p.rows} * p.columns * kHybridUnits;
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
