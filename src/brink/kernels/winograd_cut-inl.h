// Sizes and places of the tiles of winograd_conv.cc, compiled once a CPU target.
#if defined(BRINK_KERNELS_WINOGRAD_CUT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_WINOGRAD_CUT_INL_H_
#undef BRINK_KERNELS_WINOGRAD_CUT_INL_H_
#else
#define BRINK_KERNELS_WINOGRAD_CUT_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/micro_kernel-inl.h"
#include "brink/kernels/multiply_run-inl.h"
#include "brink/kernels/winograd_output-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Weights up to this size stay in a core's second cache while groups of tiles pass over them.
inline constexpr size_t kCachedWeights = 700 * 1024;
// Transformed inputs and products of a group of tiles, next to those weights; where there are
// several threads, two of them may share the cache.
inline constexpr size_t kGroupBytes = 320 * 1024;
inline constexpr size_t kSharedGroupBytes = 256 * 1024;
// The same next to weights that do not stay, which are worth more tiles at a time.
inline constexpr size_t kLargeGroupBytes = 1216 * 1024;

// Sizes and places of a problem cut into tiles of kOut x kOut outputs.
template <int kOut>
struct Cut {
  static constexpr int kSide = kOut + 2;
  static constexpr int kPositions = kSide * kSide;

  int tiles_x;
  int tiles_y;
  int tiles;  // over the whole batch
  size_t inputs;
  size_t outputs;  // whole vectors
  // How many tiles are between the transforms at once, and whether those are all: then the three
  // steps pass over all tiles one after another and threads share them, else each thread takes
  // groups of tiles through all steps.
  int group;
  bool together;

  Cut(const Conv2dShape& s, int threads)
      : tiles_x(CeilDiv(s.out_width, kOut)),
        tiles_y(CeilDiv(s.out_height, kOut)),
        tiles(
            static_cast<int>(std::min<int64_t>(int64_t{1} * s.batch * tiles_x * tiles_y, 1 << 30))),
        inputs(static_cast<size_t>(s.in_channels)),
        outputs(static_cast<size_t>(CeilDiv(s.out_channels, kLanes) * kLanes)) {
    const bool stay = WeightBytes() <= kCachedWeights;
    const size_t tile_bytes = kPositions * (inputs + outputs) * sizeof(float);
    const size_t beside_weights = threads > 1 ? kSharedGroupBytes : kGroupBytes;
    const size_t bytes = stay ? beside_weights : kLargeGroupBytes;
    const int fit = static_cast<int>(std::clamp<size_t>(bytes / tile_bytes, kTileRows, 4096));
    together = tiles <= std::max(fit, 4 * kTileRows);
    const int share = CeilDiv(tiles, std::max(1, threads) * 2);
    const int most = std::min({stay ? 2 * kTileRows : fit, fit, AlignTiles(share)});
    // All groups alike: a last one of few tiles would read the weights for little.
    group = together ? tiles
            : stay   ? most / kTileRows * kTileRows
                     : CeilDiv(tiles, CeilDiv(tiles, most));
  }

  TileCorner CornerOf(int tile) const {
    return {tile / tiles_x / tiles_y, tile / tiles_x % tiles_y * kOut, tile % tiles_x * kOut};
  }
  static int AlignTiles(int count) { return CeilDiv(count, kTileRows) * kTileRows; }
  size_t WeightBytes() const { return kPositions * inputs * outputs * sizeof(float); }
  size_t InputFloats() const { return MatrixFloats(inputs); }
  size_t ProductFloats() const { return MatrixFloats(outputs); }
  size_t ScratchBytes() const {
    return AlignUp(InputFloats() * sizeof(float)) + AlignUp(ProductFloats() * sizeof(float));
  }
  // Floats from position to position and from tile to tile in a matrix of `channels` columns: few
  // tiles lie by position, many by tile. A power of two apart they would lie in the same few sets
  // of the first cache.
  size_t PositionStep(size_t channels) const {
    return together ? static_cast<size_t>(group) * channels + kLineFloats : channels;
  }
  size_t TileStep(size_t channels) const {
    return together ? channels : kPositions * channels + kLineFloats;
  }
  size_t MatrixFloats(size_t channels) const {
    return together ? kPositions * PositionStep(channels)
                    : static_cast<size_t>(group) * TileStep(channels);
  }
};

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_WINOGRAD_CUT_INL_H_
