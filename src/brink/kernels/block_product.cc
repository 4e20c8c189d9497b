#include "brink/kernels/block_product.h"

#include <algorithm>
#include <cstring>

#define HWY_WANT_AVX3_DL  // VNNI
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/block_product.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/block_pairs.h"
#include "brink/kernels/byte_products-inl.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/quantise_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

constexpr int kUnitVectors = 4;
constexpr int kUnits = kUnitVectors * kLanes;

using IntTag = hn::ScalableTag<int32_t>;
using IntVector = hn::Vec<IntTag>;
constexpr IntTag kInt{};

// Units stand in panels of kUnitVectors vectors, the last one of as few as hold the rest. A panel
// is its units' sums of real weights (without a row's zero point they would be the product's), then
// block after block: its units' scales, then for each two steps [width][kStepInputs] bytes, the
// first step's weights in the low halves.
struct Layout {
  int blocks;
  int pairs;  // of steps, in a block
  int units;

  explicit Layout(const BlockProblem& p)
      : blocks(p.columns / p.block), pairs(p.block / kPairInputs), units(p.units) {}
  int panels() const { return (units + kUnits - 1) / kUnits; }
  int Vectors(int panel) const {
    return (std::min(units - panel * kUnits, kUnits) + kLanes - 1) / kLanes;
  }
  size_t BlockBytes(int vectors) const {
    return static_cast<size_t>(vectors * kLanes) *
           (sizeof(float) + static_cast<size_t>(pairs) * kStepInputs);
  }
  size_t PanelBytes(int vectors) const {
    return static_cast<size_t>(vectors * kLanes) * sizeof(float) +
           static_cast<size_t>(blocks) * BlockBytes(vectors);
  }
  size_t Offset(int panel) const { return static_cast<size_t>(panel) * PanelBytes(kUnitVectors); }
  size_t bytes() const { return Offset(panels() - 1) + PanelBytes(Vectors(panels() - 1)); }
};

// What a row's stored elements mean: scale * (stored - zero).
struct RowHeader {
  float scale;
  float zero;
};

// Scratch memory: each row's header, its blocks' sums times kMove, its quantised elements.
struct Memory {
  RowHeader* headers;
  int32_t* sums;
  int8_t* rows;

  Memory(const BlockProblem& p, std::byte* scratch)
      : headers(reinterpret_cast<RowHeader*>(scratch)),
        sums(reinterpret_cast<int32_t*>(headers + p.rows)),
        rows(reinterpret_cast<int8_t*>(sums + int64_t{p.rows} * (p.columns / p.block))) {}
};

#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
using ByteTag = hn::Repartition<uint8_t, IntTag>;
using ByteVector = hn::Vec<ByteTag>;
constexpr ByteTag kByte{};

HWY_INLINE ByteVector Broadcast(const int8_t* x) {
  int32_t step;
  std::memcpy(&step, x, sizeof(step));
  return hn::BitCast(kByte, hn::Set(kInt, step));
}
#endif

#if BRINK_BYTE_PRODUCTS

// The products of the steps' first and second weights, these times 16.
struct BlockSums {
  IntVector low;
  IntVector high;

  HWY_INLINE BlockSums() : low(hn::Zero(kInt)), high(hn::Zero(kInt)) {}
  HWY_INLINE void Add(const uint8_t* weights, ByteVector first, ByteVector second) {
    const ByteVector both = hn::LoadU(kByte, weights);
    const ByteVector lows = hn::And(both, hn::Set(kByte, 0x0F));
    const ByteVector highs = hn::And(both, hn::Set(kByte, 0xF0));
    AddByteProducts(low, lows, first);
    AddByteProducts(high, highs, second);
  }
  HWY_INLINE IntVector Take() const { return hn::Add(low, hn::ShiftRight<4>(high)); }
};

#elif HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128

using ShortTag = hn::Repartition<int16_t, IntTag>;
using ShortVector = hn::Vec<ShortTag>;

// Unsigned times signed bytes, summed by pairs.
HWY_INLINE ShortVector PairProducts(ByteVector weights, ByteVector x) {
#if HWY_TARGET == HWY_AVX3
  return ShortVector{_mm512_maddubs_epi16(weights.raw, x.raw)};
#elif HWY_TARGET == HWY_AVX2
  return ShortVector{_mm256_maddubs_epi16(weights.raw, x.raw)};
#elif HWY_ARCH_X86
  return ShortVector{_mm_maddubs_epi16(weights.raw, x.raw)};
#else
  const int8x16_t a = vreinterpretq_s8_u8(weights.raw);
  const int8x16_t b = vreinterpretq_s8_u8(x.raw);
  const int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(b));
  const int16x8_t high = vmull_s8(vget_high_s8(a), vget_high_s8(b));
  return ShortVector(vcombine_s16(vpadd_s16(vget_low_s16(low), vget_high_s16(low)),
                                  vpadd_s16(vget_low_s16(high), vget_high_s16(high))));
#endif
}

HWY_INLINE IntVector SumOfPairs(ShortVector v) {
#if HWY_ARCH_X86
  IntVector unused = hn::Zero(kInt);
  return hn::ReorderWidenMulAccumulate(kInt, v, hn::Set(ShortTag(), int16_t{1}), hn::Zero(kInt),
                                       unused);
#else
  return IntVector(vpaddlq_s16(v.raw));
#endif
}

// 16 bits hold the sums of kBlockMultiple columns: 15 * 128 * 32 / 2 < 2^15.
struct BlockSums {
  ShortVector sums;

  HWY_INLINE BlockSums() : sums(hn::Zero(ShortTag())) {}
  HWY_INLINE void Add(const uint8_t* weights, ByteVector first, ByteVector second) {
    const ByteVector both = hn::LoadU(kByte, weights);
    const ByteVector mask = hn::Set(kByte, 0x0F);
    const hn::Repartition<uint16_t, ByteTag> wide;
    const auto shifted = hn::ShiftRight<4>(hn::BitCast(wide, both));
    sums = hn::Add(sums, PairProducts(hn::And(both, mask), first));
    sums = hn::Add(sums, PairProducts(hn::And(hn::BitCast(kByte, shifted), mask), second));
  }
  HWY_INLINE IntVector Take() const { return SumOfPairs(sums); }
};

#else

using ByteVector = const int8_t*;
HWY_INLINE ByteVector Broadcast(const int8_t* x) { return x; }

struct BlockSums {
  IntVector sums;

  HWY_INLINE BlockSums() : sums(hn::Zero(kInt)) {}
  HWY_INLINE void Add(const uint8_t* weights, ByteVector first, ByteVector second) {
    HWY_ALIGN int32_t lanes[kLanes] = {};
    for (int lane = 0; lane < kLanes; ++lane) {
      for (int i = 0; i < kStepInputs; ++i) {
        const uint8_t both = weights[lane * kStepInputs + i];
        lanes[lane] += (both & 0x0F) * first[i] + (both >> 4) * second[i];
      }
    }
    sums = hn::Add(sums, hn::Load(kInt, lanes));
  }
  HWY_INLINE IntVector Take() const { return sums; }
};

#endif

struct Panel {
  Layout layout;
  const std::byte* weights;
  int columns;  // units to store
};

struct BlockRow {
  RowHeader header;
  const int32_t* sums;
  const int8_t* x;
  const float* bias;  // of the panel's units, or null
  float* output;
};

template <int kVectors>
HWY_INLINE void StoreUnits(const BlockProblem& p, const BlockRow& row, int columns,
                           const FloatVector (&sums)[kVectors]) {
  const FloatVector low = hn::Set(kFloat, p.range.low);
  const FloatVector high = hn::Set(kFloat, p.range.high);
  const FloatVector scale = hn::Set(kFloat, row.header.scale);
  for (int v = 0; v < kVectors; ++v) {
    const int first = v * kLanes;
    const auto left = static_cast<size_t>(columns - first);
    const bool whole = left >= kStep;
    FloatVector bias = hn::Zero(kFloat);
    if (row.bias != nullptr) {
      bias = whole ? hn::LoadU(kFloat, row.bias + first) : LoadPart(row.bias + first, left);
    }
    const FloatVector value = ClampTo(low, high, hn::MulAdd(sums[v], scale, bias));
    if (whole) {
      hn::StoreU(value, kFloat, row.output + first);
    } else {
      StorePart(value, row.output + first, left);
    }
  }
}

template <int kVectors>
HWY_NOINLINE void MultiplyRow(const BlockProblem& p, const Panel& panel, const BlockRow& row) {
  constexpr int kWidth = kVectors * kLanes;
  constexpr int kRun = kBlockMultiple / kPairInputs;
  const auto* weight_sums = reinterpret_cast<const float*>(panel.weights);
  FloatVector totals[kVectors];
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    totals[v] =
        hn::Mul(hn::Set(kFloat, -row.header.zero), hn::LoadU(kFloat, weight_sums + v * kLanes));
  }
  const float* scales = weight_sums + kWidth;
  const int8_t* x = row.x;
  for (int block = 0; block < panel.layout.blocks; ++block) {
    const auto* weights = reinterpret_cast<const uint8_t*>(scales + kWidth);
    IntVector whole[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) whole[v] = hn::Set(kInt, -row.sums[block]);
    for (int pair = 0; pair < panel.layout.pairs; pair += kRun) {
      BlockSums sums[kVectors];
#pragma GCC unroll 4
      for (int i = 0; i < kRun; ++i) {
        const auto first = Broadcast(x);
        const auto second = Broadcast(x + kStepInputs);
#pragma GCC unroll 8
        for (int v = 0; v < kVectors; ++v) {
          sums[v].Add(weights + v * kLanes * kStepInputs, first, second);
        }
        weights += kWidth * kStepInputs;
        x += kPairInputs;
      }
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) whole[v] = hn::Add(whole[v], sums[v].Take());
    }
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      totals[v] = hn::MulAdd(hn::ConvertTo(kFloat, whole[v]),
                             hn::LoadU(kFloat, scales + v * kLanes), totals[v]);
    }
    scales = reinterpret_cast<const float*>(weights);
  }
  StoreUnits<kVectors>(p, row, panel.columns, totals);
}

using MultiplyRowFunction = void (*)(const BlockProblem&, const Panel&, const BlockRow&);

MultiplyRowFunction ChooseVectors(int vectors) {
  switch (vectors) {
    case 1:
      return &MultiplyRow<1>;
    case 2:
      return &MultiplyRow<2>;
    case 3:
      return &MultiplyRow<3>;
    default:
      return &MultiplyRow<kUnitVectors>;
  }
}

void MultiplyPanel(const BlockProblem& p, const BlockArguments& a, const Layout& layout,
                   int number) {
  const Memory memory(p, a.scratch);
  const int first = number * kUnits;
  const Panel panel{layout, a.packed + layout.Offset(number), std::min(p.units - first, kUnits)};
  const MultiplyRowFunction multiply = ChooseVectors(layout.Vectors(number));
  for (int64_t row = 0; row < p.rows; ++row) {
    multiply(p, panel,
             {.header = memory.headers[row],
              .sums = memory.sums + row * layout.blocks,
              .x = memory.rows + row * p.columns,
              .bias = a.bias == nullptr ? nullptr : a.bias + first,
              .output = a.output + row * p.units + first});
  }
}

void QuantiseBlocks(const BlockProblem& p, const BlockArguments& a, int64_t row) {
  const Memory memory(p, a.scratch);
  const std::span<const float> x(a.input + row * p.columns, static_cast<size_t>(p.columns));
  const VectorSteps steps = FindSteps(x, true);
  int8_t* to = memory.rows + row * p.columns;
  QuantiseBy(steps, x, 0, to);
  memory.headers[row] = {steps.real_scale(), steps.zero};
  int32_t* sums = memory.sums + row * (p.columns / p.block);
  for (int block = 0; block < p.columns / p.block; ++block, to += p.block) {
    int32_t sum = 0;
    for (int i = 0; i < p.block; ++i) sum += to[i];
    sums[block] = kMove * sum;
  }
}

// Units of one vector of a panel: their scales, weights and sums.
void PackVector(const BlockProblem& p, const BlockWeights& from, const Layout& layout, int first,
                std::byte* packed) {
  const int panel = first / kUnits;
  const auto at = static_cast<size_t>(first % kUnits);
  const auto width = static_cast<size_t>(layout.Vectors(panel)) * kStep;
  const auto units = static_cast<size_t>(std::min(p.units - first, kLanes));
  const auto pairs = static_cast<size_t>(layout.pairs);
  auto* weight_sums = reinterpret_cast<float*>(packed + layout.Offset(panel)) + at;
  auto* scales = weight_sums + width;
  double totals[kLanes] = {};
  const auto blocks = static_cast<size_t>(layout.blocks);
  for (size_t block = 0; block < blocks; ++block) {
    auto* halves = reinterpret_cast<std::byte*>(scales - at + width) + at * kStepInputs;
    const size_t number = static_cast<size_t>(first) * blocks + block;
    const size_t block_bytes = pairs * sizeof(uint32_t);
    int sums[kLanes];
    PackBlock(from.weights + number * block_bytes, units, blocks * block_bytes, pairs, halves,
              width * kStepInputs, sums);
    for (size_t u = 0; u < units; ++u) {
      scales[u] = from.scales[number + u * blocks];
      totals[u] += static_cast<double>(scales[u]) * sums[u];
    }
    scales += layout.BlockBytes(layout.Vectors(panel)) / sizeof(float);
  }
  for (size_t u = 0; u < units; ++u) weight_sums[u] = static_cast<float>(totals[u]);
}

}  // namespace

size_t PackedBytes(const BlockProblem& p) { return Layout(p).bytes(); }

size_t ScratchBytes(const BlockProblem& p) {
  const auto blocks = static_cast<size_t>(p.columns / p.block);
  return static_cast<size_t>(p.rows) *
         (sizeof(RowHeader) + blocks * sizeof(int32_t) + static_cast<size_t>(p.columns));
}

void Pack(const BlockProblem& p, const BlockWeights& from, std::byte* packed) {
  const Layout layout(p);
  if (p.units % kLanes != 0) {  // the last vector has lanes that nobody fills
    const size_t last = layout.Offset(layout.panels() - 1);
    std::memset(packed + last, 0, layout.bytes() - last);
  }
  for (int first = 0; first < p.units; first += kLanes) PackVector(p, from, layout, first, packed);
}

void Multiply(const BlockProblem& p, const BlockArguments& a, const Parallel& parallel) {
  // As much work as is worth a thread's attention.
  constexpr int64_t kPieceInputs = 1 << 12;
  constexpr int64_t kPieceProducts = 1 << 17;
  const Layout layout(p);
  ForEachPiece(p.rows, kPieceInputs / p.columns + 1, parallel, [&](int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) QuantiseBlocks(p, a, row);
  });
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
BRINK_EXPORT_VNNI(PackedBytes);
BRINK_EXPORT_VNNI(ScratchBytes);
BRINK_EXPORT_VNNI(Pack);
BRINK_EXPORT_VNNI(Multiply);

size_t BlockPackedBytes(const BlockProblem& problem) {
  return BRINK_DISPATCH_VNNI(PackedBytes)(problem);
}

void PackBlocks(const BlockProblem& problem, const BlockWeights& weights, std::byte* packed) {
  BRINK_DISPATCH_VNNI(Pack)(problem, weights, packed);
}

size_t BlockScratchBytes(const BlockProblem& problem) {
  return BRINK_DISPATCH_VNNI(ScratchBytes)(problem);
}

void BlockProduct(const BlockProblem& problem, const BlockArguments& arguments,
                  const Parallel& parallel) {
  BRINK_DISPATCH_VNNI(Multiply)(problem, arguments, parallel);
}

}  // namespace brink::kernels
#endif
