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
  int tiles;
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

// The tiles in blocks as alike as can be: a sum's latency would not be hidden in one of few tiles.
// The blocks share the fetching too: the next weights come from memory that is far, to ask for all
// at once would be to wait for them.
template <int kVectors>
void MultiplyPosition(const PositionProduct& p) {
  constexpr int kLines = kVectors * kLanes * static_cast<int>(kInputsAtOnce) / kLineFloats;
  const int blocks = (p.tiles + BlockTiles<kVectors>() - 1) / BlockTiles<kVectors>();
  if (blocks == 0) return;
  const int tiles = p.tiles / blocks;
  const int larger = p.tiles % blocks;  // blocks of one tile more
  const int lines = kLines / blocks;
  const int eager = kLines % blocks;  // blocks that ask for one line more
  const size_t line_step = p.inputs / kInputsAtOnce * kLineFloats;
  const float* transformed = p.transformed;
  const float* next = p.next;
  float* products = p.products;
  for (int block = 0; block < blocks; ++block) {
    const int count = block < larger ? tiles + 1 : tiles;
    const int asked = block < eager ? lines + 1 : lines;
    ChooseTiles<BlockTiles<kVectors>(), kVectors>(count)(p, transformed, products, next, asked);
    transformed += static_cast<size_t>(count) * p.transformed_step;
    products += static_cast<size_t>(count) * p.products_step;
    next += static_cast<size_t>(asked) * line_step;
  }
}

// The function for panels of `vectors` in [1, kPanelVectors].
using MultiplyPositionFunction = void (*)(const PositionProduct&);
inline MultiplyPositionFunction ChooseMultiplyPosition(int vectors) {
  if (vectors <= 1) return &MultiplyPosition<1>;
  if (vectors == 2) return &MultiplyPosition<2>;
  if (kPanelVectors > 2 && vectors == 3) return &MultiplyPosition<std::min(3, kPanelVectors)>;
  return &MultiplyPosition<kPanelVectors>;
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_WINOGRAD_PRODUCT_INL_H_
