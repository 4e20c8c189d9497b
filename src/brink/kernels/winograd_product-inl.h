// The products between Winograd's transforms: at every position of a tile, tiles times a panel of
// output channels; compiled once a CPU target.
#if defined(BRINK_KERNELS_WINOGRAD_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_WINOGRAD_PRODUCT_INL_H_
#undef BRINK_KERNELS_WINOGRAD_PRODUCT_INL_H_
#else
#define BRINK_KERNELS_WINOGRAD_PRODUCT_INL_H_
#endif

#include <algorithm>

#include "brink/kernels/micro_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// product[tile][channel] = sum over inputs of transformed[tile][input] * weight[input][channel], at
// one position and for one panel. All of products' columns are whole vectors, aligned.
struct PositionProduct {
  const float* transformed;
  size_t transformed_step;  // floats from tile to tile
  size_t inputs;
  const float* weights;  // [inputs][vectors * kLanes]
  const float* next;     // as many weights that are needed after these: fetched meanwhile
  float* products;
  size_t products_step;
};

// Inputs whose products are computed between two requests for lines of the next weights.
inline constexpr size_t kInputsAtOnce = 4;

// Asks for `lines` lines of `next` with every kInputsAtOnce inputs.
template <int kTiles, int kVectors>
HWY_NOINLINE void MultiplyTiles(const PositionProduct& p, const float* transformed, float* products,
                                const float* next, int lines) {
  FloatVector sums[kTiles][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < kTiles; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::Zero(kFloat);
  }
#if HWY_TARGET == HWY_NEON
  const float* rows[kTiles];
#pragma GCC unroll 16
  for (size_t r = 0; r < kTiles; ++r) rows[r] = transformed + r * p.transformed_step;
  RunPlace place{p.weights, next};
  for (size_t fours = p.inputs / kInputsAtOnce; fours != 0; --fours) {
#pragma GCC unroll 1
    for (int line = 0; line < lines; ++line) Fetch<1>(place);
    MultiplyFour<kTiles, kVectors>(rows, place, sums);
  }
  MultiplyInputs<kTiles, kVectors, 0>(rows, p.inputs % kInputsAtOnce, place, sums);
#else
  const float* HWY_RESTRICT weights = p.weights;
  const float* HWY_RESTRICT in = transformed;
  const size_t step = p.transformed_step;
  const auto multiply = [&]() HWY_ATTR {
    FloatVector weight[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) weight[v] = hn::Load(kFloat, weights + v * kLanes);
    weights += kVectors * kLanes;
#pragma GCC unroll 16
    for (size_t r = 0; r < kTiles; ++r) {
      const FloatVector input = hn::Set(kFloat, in[r * step]);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(input, weight[v], sums[r][v]);
    }
    ++in;
  };
  size_t i = 0;
  for (; i + kInputsAtOnce <= p.inputs; i += kInputsAtOnce) {
#pragma GCC unroll 1
    for (int line = 0; line < lines; ++line, next += kLineFloats) hwy::Prefetch(next);
#pragma GCC unroll 8
    for (size_t u = 0; u < kInputsAtOnce; ++u) multiply();
  }
  for (; i < p.inputs; ++i) multiply();
#endif
#pragma GCC unroll 16
  for (size_t r = 0; r < kTiles; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      hn::Store(sums[r][v], kFloat, products + r * p.products_step + v * kLanes);
    }
  }
}

// Tiles that go through a panel together: as many as hide a sum's latency and leave registers for
// the weights, and on NEON for the tiles' inputs.
template <int kVectors>
constexpr int BlockTiles() {
  if (kVectors > kNarrowVectors) return kTileRows;
  const bool many = kPanelVectors == 4 && (HWY_TARGET != HWY_NEON || kVectors == 1);
  return many ? 12 : kMostTileRows;
}

using MultiplyTilesFunction = void (*)(const PositionProduct&, const float*, float*, const float*,
                                       int);

// MultiplyTiles for `tiles` tiles in [1, kMost].
template <int kMost, int kVectors>
MultiplyTilesFunction ChooseTiles(int tiles) {
  if constexpr (kMost > 1) {
    if (tiles < kMost) return ChooseTiles<kMost - 1, kVectors>(tiles);
  }
  return &MultiplyTiles<kMost, kVectors>;
}

// How tiles go through a panel: in blocks as alike as can be, as a sum's latency would not be
// hidden in one of few tiles. The blocks share the fetching too: the next weights come from memory
// that is far, to ask for all at once would be to wait for them. The same at all positions, and
// worked out once: divisions at each would take as long as some tiles.
struct TileBlocks {
  int count = 0;
  int tiles = 0;   // of a block
  int larger = 0;  // blocks of one tile more, which are the first
  int lines = 0;   // that a block asks for
  int eager = 0;   // blocks that ask for one line more, which are the first
  MultiplyTilesFunction multiply = nullptr;
  MultiplyTilesFunction multiply_larger = nullptr;
};

template <int kVectors>
TileBlocks BlocksOf(int tiles) {
  constexpr int kMost = BlockTiles<kVectors>();
  constexpr int kLines = kVectors * kLanes * static_cast<int>(kInputsAtOnce) / kLineFloats;
  TileBlocks blocks;
  if (tiles == 0) return blocks;
  blocks.count = (tiles + kMost - 1) / kMost;
  blocks.tiles = tiles / blocks.count;
  blocks.larger = tiles % blocks.count;
  blocks.lines = kLines / blocks.count;
  blocks.eager = kLines % blocks.count;
  blocks.multiply = ChooseTiles<kMost, kVectors>(blocks.tiles);
  blocks.multiply_larger = ChooseTiles<kMost, kVectors>(blocks.tiles + 1);
  return blocks;
}

// The same for panels of `vectors` in [1, kPanelVectors].
inline TileBlocks ChooseBlocks(int vectors, int tiles) {
  if (vectors <= 1) return BlocksOf<1>(tiles);
  if (vectors == 2) return BlocksOf<2>(tiles);
  if (kPanelVectors > 2 && vectors == 3) return BlocksOf<std::min(3, kPanelVectors)>(tiles);
  return BlocksOf<kPanelVectors>(tiles);
}

inline void MultiplyPosition(const PositionProduct& p, const TileBlocks& blocks) {
  const size_t line_step = p.inputs / kInputsAtOnce * kLineFloats;
  const float* transformed = p.transformed;
  const float* next = p.next;
  float* products = p.products;
  for (int block = 0; block < blocks.count; ++block) {
    const bool larger = block < blocks.larger;
    const auto count = static_cast<size_t>(larger ? blocks.tiles + 1 : blocks.tiles);
    const int asked = block < blocks.eager ? blocks.lines + 1 : blocks.lines;
    (larger ? blocks.multiply_larger : blocks.multiply)(p, transformed, products, next, asked);
    transformed += count * p.transformed_step;
    products += count * p.products_step;
    next += static_cast<size_t>(asked) * line_step;
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_WINOGRAD_PRODUCT_INL_H_
