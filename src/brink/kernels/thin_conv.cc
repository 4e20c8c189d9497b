#include "brink/kernels/thin_conv.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/thin_conv.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
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
// Tiles next to each other that are transformed together: their transformed inputs and the weights
// fit the first cache.
inline constexpr int kRun = 8;

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

// A thread's scratch: the run's input rows, those after the vertical transform, the transformed
// positions, the products of an output vector after their vertical transform. Each row has room for
// a vector behind its end.
template <size_t kChannels>
struct Scratch {
  static constexpr size_t kRowFloats = (kRun * kOut + 2) * kChannels;  // of input that a run needs
  static constexpr size_t kRowStep = (kRowFloats + 2 * kStep) / kStep * kStep;  // from row to row
  static constexpr size_t kTileFloats = kOut * kSide * kStep;
  static constexpr size_t kBytes =
      AlignUp(((2 * kSide + kPositions) * kRowStep + kRun * kTileFloats) * sizeof(float));

  float* input;        // [kSide][kRowStep]
  float* vertical;     // [kSide][kRowStep]
  float* transformed;  // [kPositions][kRowStep]: position, then pixel and channel
  float* products;     // [kRun][kOut][kSide][kStep]: tile, row, column

  explicit Scratch(std::byte* memory)
      : input(reinterpret_cast<float*>(memory)),
        vertical(input + kSide * kRowStep),
        transformed(vertical + kSide * kRowStep),
        products(transformed + kPositions * kRowStep) {}
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
      : p_(p), call_(call), scratch_(scratch) {}

  void Run(TileCorner at) const {
    const auto tiles =
        static_cast<size_t>(std::min(kRun, CeilDiv(p_.shape.out_width - at.x, kOut)));
    const float* rows[kSide];
    if (!PointToInput(at, rows)) CopyInput(at, rows);
    TransformInputRows(rows);
    TransformInputColumns();
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

  // Points to the rows of the run's input if all that TransformInputRows reads lies in the image.
  bool PointToInput(TileCorner at, const float* (&rows)[kSide]) const {
    constexpr size_t kRead = (Memory::kRowFloats + kStep - 1) / kStep * kStep;
    const Conv2dShape& s = p_.shape;
    const int top = at.y - s.window.pad_top;
    const int left = at.x - s.window.pad_left;
    if (top < 0 || top + kSide > s.in_height || left < 0 || left >= s.in_width) return false;
    if (static_cast<size_t>(s.in_width - left) * kChannels < kRead) return false;
    const size_t row_floats = static_cast<size_t>(s.in_width) * kChannels;
    const size_t row =
        static_cast<size_t>(at.batch) * static_cast<size_t>(s.in_height) + static_cast<size_t>(top);
    const float* from = call_.input + row * row_floats + static_cast<size_t>(left) * kChannels;
    for (int i = 0; i < kSide; ++i, from += row_floats) rows[i] = from;
    return true;
  }

  // Copies the input of the run with zeros where it lies outside of the image.
  void CopyInput(TileCorner at, const float* (&rows)[kSide]) const {
    const Conv2dShape& s = p_.shape;
    const int left = at.x - s.window.pad_left;
    const int first = std::clamp(-left, 0, kRun * kOut + 2);
    const int last = std::clamp(s.in_width - left, first, kRun * kOut + 2);
    for (int row = 0; row < kSide; ++row) {
      float* to = scratch_.input + static_cast<size_t>(row) * kRowStep;
      // Not by memset: g++ makes of it an instruction that takes dozens of cycles to start.
#pragma GCC unroll 1
      for (size_t x = 0; x < kRowStep; x += kStep) hn::Store(hn::Zero(kFloat), kFloat, to + x);
      rows[row] = to;
      const int y = at.y - s.window.pad_top + row;
      if (y < 0 || y >= s.in_height || first == last) continue;
      const size_t pixel = (static_cast<size_t>(at.batch) * static_cast<size_t>(s.in_height) +
                            static_cast<size_t>(y)) *
                               static_cast<size_t>(s.in_width) +
                           static_cast<size_t>(left + first);
      std::memcpy(to + static_cast<size_t>(first) * kChannels, call_.input + pixel * kChannels,
                  static_cast<size_t>(last - first) * kChannels * sizeof(float));
    }
  }

  void TransformInputRows(const float* const (&rows)[kSide]) const {
    for (size_t x = 0; x < Memory::kRowFloats; x += kStep) {
      FloatVector in[kSide];
      FloatVector out[kSide];
#pragma GCC unroll 8
      for (size_t i = 0; i < kSide; ++i) in[i] = hn::LoadU(kFloat, rows[i] + x);
      TransformInputLine<kOut>(in, out);
#pragma GCC unroll 8
      for (size_t i = 0; i < kSide; ++i) {
        hn::Store(out[i], kFloat, scratch_.vertical + i * kRowStep + x);
      }
    }
  }

  // Takes every pixel for a tile's corner, not one in four: that keeps the loads contiguous.
  void TransformInputColumns() const {
    constexpr size_t kEnd = Memory::kRowFloats - (kSide - 1) * kChannels;
    for (size_t row = 0; row < kSide; ++row) {
      const float* from = scratch_.vertical + row * kRowStep;
      float* to = scratch_.transformed + row * kSide * kRowStep;
      for (size_t x = 0; x < kEnd; x += kStep) {
        FloatVector in[kSide];
        FloatVector out[kSide];
#pragma GCC unroll 8
        for (size_t i = 0; i < kSide; ++i) in[i] = hn::LoadU(kFloat, from + x + i * kChannels);
        TransformInputLine<kOut>(in, out);
#pragma GCC unroll 8
        for (size_t i = 0; i < kSide; ++i) hn::Store(out[i], kFloat, to + i * kRowStep + x);
      }
    }
  }

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
    const float* HWY_RESTRICT in = scratch_.transformed + column * kRowStep;
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
                hn::Set(kFloat, in[row * kSide * kRowStep + t * kOut * kChannels + c]);
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
      in += kTogether * kOut * kChannels;
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
  const int runs = CeilDiv(s.out_width, kRun * kOut);
  const bool alone = TaskCount(s.multiplies() / 2, call.parallel.threads) == 1;
  const Parallel parallel = alone ? Parallel{} : call.parallel;
  parallel.For(s.batch * rows, [&](int task, int thread) {
    const size_t scratch = Scratch<kMostChannels>::kBytes * static_cast<size_t>(thread);
    const Tiles<kChannels> tiles(p, call, call.scratch + scratch);
    for (int run = 0; run < runs; ++run) {
      tiles.Run({task / rows, task % rows * kOut, run * kRun * kOut});
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

double Cost(const ConvProblem& p, int threads) {
  const Conv2dShape& s = p.shape;
  const double tiles = static_cast<double>(s.batch) * CeilDiv(s.out_height, kOut) *
                       CeilDiv(s.out_width, kRun * kOut) * kRun;
  const double lanes = static_cast<double>(OutputVectors(s)) * kLanes;
  const double macs = tiles * lanes * kPositions * s.in_channels;
  const double transforms = tiles * kPositions * (2 * lanes + 32.0 * s.in_channels);
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
