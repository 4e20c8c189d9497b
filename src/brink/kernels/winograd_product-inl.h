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

// Asks for kLines lines of `next` with every input.
template <int kTiles, int kVectors, int kLines>
HWY_INLINE void MultiplyTiles(const PositionProduct& p, const float* transformed, float* products,
                              const float* next) {
  FloatVector sums[kTiles][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < kTiles; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::Zero(kFloat);
  }
#if HWY_ARCH_ARM_V7
  const float* rows[kTiles];
#pragma GCC unroll 16
  for (size_t r = 0; r < kTiles; ++r) rows[r] = transformed + r * p.transformed_step;
  RunPlace place{p.weights, next};
  MultiplyRun<kTiles, kVectors, kLines>(rows, p.inputs, place, sums);
#else
  const float* HWY_RESTRICT weights = p.weights;
  const float* HWY_RESTRICT in = transformed;
  const size_t step = p.transformed_step;
  for (size_t i = 0; i < p.inputs; ++i, ++in) {
    FloatVector weight[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) weight[v] = hn::Load(kFloat, weights + v * kLanes);
    weights += kVectors * kLanes;
#pragma GCC unroll 8
    for (int line = 0; line < kLines; ++line) hwy::Prefetch(next + line * kLineFloats);
    next += kLines * kLineFloats;
#pragma GCC unroll 16
    for (size_t r = 0; r < kTiles; ++r) {
      const FloatVector input = hn::Set(kFloat, in[r * step]);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(input, weight[v], sums[r][v]);
    }
  }
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
// the weights.
template <int kVectors>
constexpr int BlockTiles() {
  if (kVectors > kNarrowVectors) return kTileRows;
  return kPanelVectors == 4 ? 12 : kMostTileRows;
}

// Blocks of kTiles tiles, at most `most`, from tile `done` on; returns the tiles done.
template <int kTiles, int kVectors, int kLines>
HWY_INLINE int MultiplyBlocks(const PositionProduct& p, int done, int most, const float*& next) {
  for (int block = 0; block < most && p.tiles - done >= kTiles; ++block, done += kTiles) {
    const auto tile = static_cast<size_t>(done);
    MultiplyTiles<kTiles, kVectors, kLines>(p, p.transformed + tile * p.transformed_step,
                                            p.products + tile * p.products_step, next);
    next += p.inputs * kLines * kLineFloats;
  }
  return done;
}

template <int kVectors>
HWY_NOINLINE void MultiplyPosition(const PositionProduct& p) {
  constexpr int kTiles = BlockTiles<kVectors>();
  // The next weights come from memory that is far: to ask for all at once would be to wait for
  // them.
  constexpr int kLines = std::max(1, kVectors * kLanes / kLineFloats);
  constexpr int kHalf = std::max(1, kLines / 2);
  constexpr int kQuarter = std::max(1, kLines / 4);
  const int blocks = p.tiles / kTiles;
  const float* next = p.next;
  int done = 0;
  if (blocks >= kLines / kQuarter) {
    done = MultiplyBlocks<kTiles, kVectors, kQuarter>(p, done, kLines / kQuarter, next);
  } else if (blocks >= kLines / kHalf) {
    done = MultiplyBlocks<kTiles, kVectors, kHalf>(p, done, kLines / kHalf, next);
  } else {
    done = MultiplyBlocks<kTiles, kVectors, kLines>(p, done, 1, next);
  }
  done = MultiplyBlocks<kTiles, kVectors, 0>(p, done, blocks, next);
  if constexpr (kTiles > 8) done = MultiplyBlocks<8, kVectors, 0>(p, done, 1, next);
  done = MultiplyBlocks<4, kVectors, 0>(p, done, 1, next);
  done = MultiplyBlocks<2, kVectors, 0>(p, done, 1, next);
  MultiplyBlocks<1, kVectors, 0>(p, done, 1, next);
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
