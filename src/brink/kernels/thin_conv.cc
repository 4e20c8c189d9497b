#include "brink/kernels/thin_conv.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/thin_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/conv_rows.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/winograd_filter.h"
#include "brink/kernels/winograd_output-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

inline constexpr int kOut = 4;
inline constexpr int kSide = kOut + 2;
inline constexpr int kPositions = kSide * kSide;
inline constexpr int kMostChannels = 4;
// Tiles next to each other that are transformed together, at most: their transformed inputs and
// products and the weights fit the first cache.
inline constexpr int kRun = 12;
// Floats of a tile at each position of its transformed input: its place there, a channel in each.
inline constexpr size_t kPlace = kMostChannels;
// Tiles whose places a vector holds, and vectors that hold the places of those tiles.
inline constexpr size_t kVectorTiles = std::max<size_t>(1, kStep / kPlace);
inline constexpr size_t kTileVectors = std::max<size_t>(1, kPlace / kStep);
static_assert(kRun % kVectorTiles == 0);

bool Applies(const ConvProblem& p) {
  return IsPlain3x3(p.shape) && p.shape.in_channels <= kMostChannels;
}

size_t OutputVectors(const Conv2dShape& s) {
  return static_cast<size_t>(CeilDiv(s.out_channels, kLanes));
}

// Packed: biases of whole vectors, then [output vector][column][in_channels][row][kLanes] of
// positions.
size_t PackedBytes(const ConvProblem& p) {
  const auto inputs = static_cast<size_t>(p.shape.in_channels);
  return AlignUp(OutputVectors(p.shape) * kStep * (1 + kPositions * inputs) * sizeof(float));
}

void Pack(const ConvProblem& p, const ConvWeights& weights, std::byte* packed) {
  std::memset(packed, 0, PackedBytes(p));
  auto* bias = reinterpret_cast<float*>(packed);
  const size_t vectors = OutputVectors(p.shape);
  float* body = bias + vectors * kStep;
  const auto inputs = static_cast<size_t>(p.shape.in_channels);
  if (weights.bias != nullptr) std::copy_n(weights.bias, p.shape.out_channels, bias);
  for (size_t vector = 0; vector < vectors; ++vector) {
    for (size_t in = 0; in < inputs; ++in) {
      float* to = body + (vector * kSide * inputs + in) * kSide * kStep;
      TransformFilters(kOut, p, weights.filter, {in, vector * kStep, kStep},
                       {to, kStep, inputs * kSide * kStep});
    }
  }
}

// A thread's scratch: a row of zeros and the run's rows after the vertical transform, each with
// room for a vector behind its end; the transformed positions; the products of an output vector
// after their vertical transform.
template <size_t kChannels>
struct Scratch {
  static constexpr size_t kRowFloats = (kRun * kOut + 2) * kChannels;  // of input that a run needs
  static constexpr size_t kRowStep = (kRowFloats + 2 * kStep + kPlace) / kStep * kStep;
  static constexpr size_t kPositionStep = kRun * kPlace;
  static constexpr size_t kTileFloats = kOut * kSide * kStep;
  static constexpr size_t kBytes = AlignUp(
      ((1 + kSide) * kRowStep + kPositions * kPositionStep + kRun * kTileFloats) * sizeof(float));

  float* zeros;        // [kRowStep]
  float* vertical;     // [kSide][kRowStep]
  float* transformed;  // [kPositions][kRun][kPlace]
  float* products;     // [kRun][kOut][kSide][kStep]: tile, row, column

  explicit Scratch(std::byte* memory)
      : zeros(reinterpret_cast<float*>(memory)),
        vertical(zeros + kRowStep),
        transformed(vertical + kSide * kRowStep),
        products(transformed + kPositions * kPositionStep) {}
};

size_t ScratchBytes(const ConvProblem& /*p*/, int threads) {
  return Scratch<kMostChannels>::kBytes * static_cast<size_t>(std::max(1, threads));
}

// A run of up to kRun tiles next to each other. The channels are known to the compiler: their loops
// and addresses are worth as much as the arithmetic.
template <size_t kChannels>
class Tiles {
 public:
  Tiles(const ConvProblem& p, const ConvCall& call, std::byte* scratch)
      : p_(p), call_(call), scratch_(scratch) {
    // Not by memset: g++ makes of it an instruction that takes dozens of cycles to start.
#pragma GCC unroll 1
    for (size_t x = 0; x < kRowStep; x += kStep)
      hn::Store(hn::Zero(kFloat), kFloat, scratch_.zeros + x);
  }

  // The first `tiles` tiles of a run.
  void Run(TileCorner at, size_t tiles) const {
    const float* rows[kSide];
    const RunColumns columns = PointToRows(at, tiles, rows);
    TransformInputRows(rows, columns);
    TransformInputColumns(tiles);
    const auto channels = static_cast<size_t>(p_.shape.out_channels);
    const auto* biases = reinterpret_cast<const float*>(call_.packed);
    const float* weights = biases + OutputVectors(p_.shape) * kStep;
    for (size_t c = 0; c < channels; c += kStep) {
      for (size_t column = 0; column < kSide; ++column, weights += kSide * kChannels * kStep) {
        MultiplyColumn(column, tiles, weights);
      }
      const FloatVector bias = hn::Load(kFloat, biases + c);
      Store(at, tiles, bias, c, std::min(kStep, channels - c));
    }
  }

 private:
  using Memory = Scratch<kChannels>;
  static constexpr size_t kRowStep = Memory::kRowStep;
  // Tiles that share the reading of a weight: all weights of a column stay in registers where there
  // are enough.
  static constexpr size_t kTogether = kPanelVectors == 4 ? 1 : 2;
  static_assert(kRun % kTogether == 0);

  // Of the `count` floats of a row of the run those in [first, last) lie in the image.
  struct RunColumns {
    size_t first;
    size_t last;
    size_t count;
  };

  // Points to the first float of each row of the run that lies in the image, or to as many zeros.
  RunColumns PointToRows(TileCorner at, size_t tiles, const float* (&rows)[kSide]) const {
    const Conv2dShape& s = p_.shape;
    const int count = static_cast<int>(tiles) * kOut + 2;
    const int left = at.x - s.window.pad_left;
    const int first = std::clamp(-left, 0, count);
    const int last = std::clamp(s.in_width - left, first, count);
    for (int row = 0; row < kSide; ++row) {
      const int y = at.y - s.window.pad_top + row;
      if (y < 0 || y >= s.in_height || first == last) {
        rows[row] = scratch_.zeros;
        continue;
      }
      const size_t pixel = (static_cast<size_t>(at.batch) * static_cast<size_t>(s.in_height) +
                            static_cast<size_t>(y)) *
                               static_cast<size_t>(s.in_width) +
                           static_cast<size_t>(left + first);
      rows[row] = call_.input + pixel * kChannels;
    }
    return {static_cast<size_t>(first) * kChannels, static_cast<size_t>(last) * kChannels,
            static_cast<size_t>(count) * kChannels};
  }

  // Outside of the image lie zeros, whose transform is zeros.
  void TransformInputRows(const float* const (&rows)[kSide], const RunColumns& columns) const {
    const size_t inside = columns.last - columns.first;
    FillWithZeros(0, columns.first);
    if (inside >= kStep) {
      // The last vector is moved back to be whole.
      for (size_t i = 0; i < inside; i += kStep) {
        const size_t x = std::min(i, inside - kStep);
        TransformInputVector(columns.first + x,
                             [&](size_t row) HWY_ATTR { return hn::LoadU(kFloat, rows[row] + x); });
      }
    } else if (inside > 0) {
      TransformInputVector(columns.first,
                           [&](size_t row) HWY_ATTR { return LoadPart(rows[row], inside); });
    }
    FillWithZeros(columns.last, columns.count);
  }

  // What lies behind `end` may be filled too.
  void FillWithZeros(size_t begin, size_t end) const {
    if (begin >= end) return;
    for (size_t row = 0; row < kSide; ++row) {
      float* to = scratch_.vertical + row * kRowStep;
#pragma GCC unroll 1
      for (size_t x = begin; x < end; x += kStep) hn::StoreU(hn::Zero(kFloat), kFloat, to + x);
    }
  }

  template <class Load>
  HWY_INLINE void TransformInputVector(size_t x, Load load) const {
    FloatVector in[kSide];
    FloatVector out[kSide];
#pragma GCC unroll 8
    for (size_t i = 0; i < kSide; ++i) in[i] = load(i);
    TransformInputLine<kOut>(in, out);
#pragma GCC unroll 8
    for (size_t i = 0; i < kSide; ++i)
      hn::StoreU(out[i], kFloat, scratch_.vertical + i * kRowStep + x);
  }

  // By vectors of tiles, or by parts of a place where vectors are shorter than that.
  void TransformInputColumns(size_t tiles) const {
    const size_t vectors = CeilDiv(tiles, kVectorTiles) * kTileVectors;
    for (size_t row = 0; row < kSide; ++row) {
      const float* from = scratch_.vertical + row * kRowStep;
      float* to = scratch_.transformed + row * kSide * Memory::kPositionStep;
      for (size_t vector = 0; vector < vectors; ++vector, to += kStep) {
        const float* corner = from + vector / kTileVectors * kVectorTiles * kOut * kChannels +
                              vector % kTileVectors * kStep;
        FloatVector in[kSide];
        FloatVector out[kSide];
#pragma GCC unroll 8
        for (size_t i = 0; i < kSide; ++i) in[i] = Loaded(LoadPlaces(corner + i * kChannels));
        TransformInputLine<kOut>(in, out);
#pragma GCC unroll 8
        for (size_t i = 0; i < kSide; ++i)
          hn::Store(out[i], kFloat, to + i * Memory::kPositionStep);
      }
    }
  }

  // Of tiles next to each other the place at a pixel of theirs. What follows the pixel's channels
  // comes with them, and no one reads it.
#if HWY_TARGET == HWY_SCALAR
  static FloatVector LoadPlaces(const float* pixel) { return hn::LoadU(kFloat, pixel); }
#else
  template <class D = FloatTag>
  static HWY_INLINE hn::Vec<D> LoadPlaces(const float* pixel) {
    if constexpr (hn::MaxLanes(D()) <= kPlace) {
      return hn::LoadU(D(), pixel);
    } else {
      using Half = hn::Half<D>;
      constexpr size_t kHalfTiles = hn::MaxLanes(Half()) / kPlace;
      return hn::Combine(D(), LoadPlaces<Half>(pixel + kHalfTiles * kOut * kChannels),
                         LoadPlaces<Half>(pixel));
    }
  }
#endif

  // The products of one column of positions, for kStep output channels, and their transform.
  void MultiplyColumn(size_t column, size_t tiles, const float* weights) const {
    FloatVector weight[kSide][kChannels];
#pragma GCC unroll 8
    for (size_t row = 0; row < kSide; ++row) {
#pragma GCC unroll 4
      for (size_t c = 0; c < kChannels; ++c) {
        weight[row][c] = hn::Load(kFloat, weights + (c * kSide + row) * kStep);
      }
    }
    const float* HWY_RESTRICT in = scratch_.transformed + column * Memory::kPositionStep;
    float* HWY_RESTRICT to = scratch_.products + column * kStep;
    for (size_t tile = 0; tile < tiles; tile += kTogether) {
      FloatVector products[kTogether][kSide];
#pragma GCC unroll 8
      for (size_t row = 0; row < kSide; ++row) {
#pragma GCC unroll 4
        for (size_t c = 0; c < kChannels; ++c) {
#pragma GCC unroll 2
          for (size_t t = 0; t < kTogether; ++t) {
            const FloatVector input =
                hn::Set(kFloat, in[row * kSide * Memory::kPositionStep + t * kPlace + c]);
            products[t][row] = c == 0 ? hn::Mul(input, weight[row][c])
                                      : hn::MulAdd(input, weight[row][c], products[t][row]);
          }
        }
      }
#pragma GCC unroll 2
      for (size_t t = 0; t < kTogether; ++t) {
        FloatVector out[kOut];
        TransformOutputLine<kOut>(products[t], out);
#pragma GCC unroll 4
        for (size_t row = 0; row < kOut; ++row) {
          hn::Store(out[row], kFloat, to + t * Memory::kTileFloats + row * kSide * kStep);
        }
      }
      in += kTogether * kPlace;
      to += kTogether * Memory::kTileFloats;
    }
  }

  // The horizontal transform of the products, into the output.
  void Store(TileCorner at, size_t tiles, FloatVector bias, size_t c, size_t count) const {
    const float* from = scratch_.products;
    for (size_t tile = 0; tile < tiles; ++tile, at.x += kOut, from += Memory::kTileFloats) {
      const OutputTile<kOut> output(p_.shape, p_.range, at, call_.output);
      const auto produce = [&](auto take)
                               BRINK_INLINE_ATTR { TransformOutputRows<kOut>(from, take); };
      p_.max_pool ? output.StorePooled(produce, bias, c, count)
                  : output.Store(produce, bias, c, count);
    }
  }

  const ConvProblem& p_;
  const ConvCall& call_;
  Memory scratch_;
};

template <size_t kChannels>
void RunChannels(const ConvProblem& p, const ConvCall& call) {
  const Conv2dShape& s = p.shape;
  const int rows = CeilDiv(s.out_height, kOut);
  // Runs alike, as near as can be.
  const int width = CeilDiv(s.out_width, kOut);
  const int runs = CeilDiv(width, kRun);
  const bool alone = TaskCount(s.multiplies() / 2, call.parallel.threads) == 1;
  const Parallel parallel = alone ? Parallel{} : call.parallel;
  parallel.For(s.batch * rows, [&](int task, int thread) {
    const size_t scratch = Scratch<kMostChannels>::kBytes * static_cast<size_t>(thread);
    const Tiles<kChannels> tiles(p, call, call.scratch + scratch);
    for (int run = 0; run < runs; ++run) {
      const int first = PartBegin(width, runs, run);
      const int count = PartBegin(width, runs, run + 1) - first;
      tiles.Run({task / rows, task % rows * kOut, first * kOut}, static_cast<size_t>(count));
    }
  });
}

void Run(const ConvProblem& p, const ConvCall& call) {
  static_assert(kMostChannels == 4);
  switch (p.shape.in_channels) {
    case 1:
      return RunChannels<1>(p, call);
    case 2:
      return RunChannels<2>(p, call);
    case 3:
      return RunChannels<3>(p, call);
    default:
      return RunChannels<4>(p, call);
  }
}

// A thread alone takes one row of tiles after another, a run of them at a time.
std::optional<size_t> Lead(const ConvProblem& p, int threads) {
  const int64_t steps = int64_t{p.shape.batch} * CeilDiv(p.shape.out_height, kOut);
  if (threads > 1 || steps > kMostLeadSteps) return std::nullopt;
  int64_t lead = 0;
  for (int picture = 0; picture < p.shape.batch; ++picture) {
    for (int y = 0; y < p.shape.out_height; y += kOut) {
      const int end = std::min(y + kOut, p.shape.out_height);
      lead = std::max(lead, OutputBytesTo(p, picture, end) - InputBytesTo(p, picture, y));
    }
  }
  return static_cast<size_t>(lead);
}

double Cost(const ConvProblem& p, int threads) {
  const Conv2dShape& s = p.shape;
  const double tiles =
      static_cast<double>(s.batch) * CeilDiv(s.out_height, kOut) * CeilDiv(s.out_width, kOut);
  const double lanes = static_cast<double>(OutputVectors(s)) * kLanes;
  const double macs = tiles * lanes * kPositions * s.in_channels;
  const double transforms = tiles * kPositions * (2 * lanes + 16.0 * (1 + s.in_channels));
  return (macs / kMacsPerMicrosecond / 0.7 + transforms / 7e4) / std::max(1, threads);
}

}  // namespace

ConvKernel ThinEntry() {
  return {
      .name = "thin",
      .applies = Applies,
      .cost = Cost,
      .packed_bytes = PackedBytes,
      .pack = Pack,
      .scratch_bytes = ScratchBytes,
      .run = Run,
      .band_rows = kOut,
      .lead = Lead,
  };
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(ThinEntry);

ConvKernel ThinConvEntry() { return BRINK_DISPATCH(ThinEntry)(); }

}  // namespace brink::kernels
#endif  // HWY_ONCE
