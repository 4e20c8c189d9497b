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
  float* body = bias + OutputVectors(p.shape) * kStep;
  const auto inputs = static_cast<size_t>(p.shape.in_channels);
  for (size_t out = 0; out < static_cast<size_t>(p.shape.out_channels); ++out) {
    if (weights.bias != nullptr) bias[out] = weights.bias[out];
    for (size_t in = 0; in < inputs; ++in) {
      float positions[kPositions];
      TransformFilter<kOut>(p, weights.filter, {in, out}, positions);
      for (size_t i = 0; i < kPositions; ++i) {
        const size_t column = out / kStep * kSide + i % kSide;
        body[((column * inputs + in) * kSide + i / kSide) * kStep + out % kStep] = positions[i];
      }
    }
  }
}

// A thread's scratch: the run's input rows, those after the vertical transform, the transformed
// positions. Each row has room for a vector behind its end.
struct Scratch {
  size_t row_floats;   // of input that a run needs
  size_t row_step;     // from row to row
  float* input;        // [kSide][row_step]
  float* vertical;     // [kSide][row_step]
  float* transformed;  // [kPositions][row_step]: position, then pixel and channel

  static size_t RowFloats(const Conv2dShape& s) {
    return static_cast<size_t>((kRun * kOut + 2) * s.in_channels);
  }
  static size_t RowStep(const Conv2dShape& s) { return (RowFloats(s) + 2 * kStep) / kStep * kStep; }
  static size_t Bytes(const Conv2dShape& s) {
    return AlignUp((2 * kSide + kPositions) * RowStep(s) * sizeof(float));
  }

  Scratch(const Conv2dShape& s, std::byte* memory)
      : row_floats(RowFloats(s)),
        row_step(RowStep(s)),
        input(reinterpret_cast<float*>(memory)),
        vertical(input + kSide * row_step),
        transformed(vertical + kSide * row_step) {}
};

size_t ScratchBytes(const ConvProblem& p, int threads) {
  return Scratch::Bytes(p.shape) * static_cast<size_t>(std::max(1, threads));
}

// Copies the input of a run of tiles with zeros where it lies outside of the image.
void CopyInput(const ConvProblem& p, const float* input, TileCorner at, const Scratch& scratch) {
  const Conv2dShape& s = p.shape;
  const auto channels = static_cast<size_t>(s.in_channels);
  const int left = at.x - s.window.pad_left;
  const int first = std::clamp(-left, 0, kRun * kOut + 2);
  const int last = std::clamp(s.in_width - left, first, kRun * kOut + 2);
  for (int row = 0; row < kSide; ++row) {
    float* to = scratch.input + static_cast<size_t>(row) * scratch.row_step;
    std::memset(to, 0, scratch.row_step * sizeof(float));
    const int y = at.y - s.window.pad_top + row;
    if (y < 0 || y >= s.in_height || first == last) continue;
    const size_t pixel = (static_cast<size_t>(at.batch) * static_cast<size_t>(s.in_height) +
                          static_cast<size_t>(y)) *
                             static_cast<size_t>(s.in_width) +
                         static_cast<size_t>(left + first);
    std::memcpy(to + static_cast<size_t>(first) * channels, input + pixel * channels,
                static_cast<size_t>(last - first) * channels * sizeof(float));
  }
}

// Transforms over rows, then over columns. The second step takes every pixel for a tile's corner,
// not one in four: that keeps its loads contiguous.
void TransformRun(const Scratch& scratch, size_t channels) {
  const size_t step = scratch.row_step;
  for (size_t x = 0; x < scratch.row_floats; x += kStep) {
    FloatVector in[kSide];
    FloatVector out[kSide];
#pragma GCC unroll 8
    for (size_t i = 0; i < kSide; ++i) in[i] = hn::Load(kFloat, scratch.input + i * step + x);
    TransformInputLine<kOut>(in, out);
#pragma GCC unroll 8
    for (size_t i = 0; i < kSide; ++i) hn::Store(out[i], kFloat, scratch.vertical + i * step + x);
  }
  const size_t end = scratch.row_floats - (kSide - 1) * channels;
  for (size_t row = 0; row < kSide; ++row) {
    const float* from = scratch.vertical + row * step;
    float* to = scratch.transformed + row * kSide * step;
    for (size_t x = 0; x < end; x += kStep) {
      FloatVector in[kSide];
      FloatVector out[kSide];
#pragma GCC unroll 8
      for (size_t i = 0; i < kSide; ++i) in[i] = hn::LoadU(kFloat, from + x + i * channels);
      TransformInputLine<kOut>(in, out);
#pragma GCC unroll 8
      for (size_t i = 0; i < kSide; ++i) hn::Store(out[i], kFloat, to + i * step + x);
    }
  }
}

// The products of one column of positions: kSide rows of kLanes output channels.
HWY_INLINE void MultiplyColumn(const float* transformed, size_t row_step, const float* weights,
                               size_t channels, FloatVector (&products)[kSide]) {
#pragma GCC unroll 8
  for (size_t row = 0; row < kSide; ++row) {
    products[row] = hn::Mul(hn::Set(kFloat, transformed[row * row_step]),
                            hn::Load(kFloat, weights + row * kStep));
  }
  for (size_t c = 1; c < channels; ++c) {
    weights += kSide * kStep;
#pragma GCC unroll 8
    for (size_t row = 0; row < kSide; ++row) {
      products[row] = hn::MulAdd(hn::Set(kFloat, transformed[row * row_step + c]),
                                 hn::Load(kFloat, weights + row * kStep), products[row]);
    }
  }
}

void RunTiles(const ConvProblem& p, const ConvCall& call, TileCorner at, const Scratch& scratch) {
  const Conv2dShape& s = p.shape;
  const auto inputs = static_cast<size_t>(s.in_channels);
  const auto* bias = reinterpret_cast<const float*>(call.packed);
  const float* body = bias + OutputVectors(s) * kStep;
  const size_t column_weights = inputs * kSide * kStep;
  CopyInput(p, call.input, at, scratch);
  TransformRun(scratch, inputs);
  const float* transformed = scratch.transformed;
  for (int tile = 0; tile < kRun && at.x < s.out_width; ++tile, at.x += kOut) {
    const OutputTile<kOut> output(s, p.range, at, call.output);
    const float* weights = body;
    for (size_t c = 0; c < static_cast<size_t>(s.out_channels); c += kStep) {
      const auto multiply = [&](int column, FloatVector(&products)[kSide]) HWY_ATTR {
        const auto at_column = static_cast<size_t>(column);
        MultiplyColumn(transformed + at_column * scratch.row_step, kSide * scratch.row_step,
                       weights + at_column * column_weights, inputs, products);
      };
      const size_t count = std::min(kStep, static_cast<size_t>(s.out_channels) - c);
      const FloatVector biases = hn::Load(kFloat, bias + c);
      p.max_pool ? output.StorePooled(multiply, biases, c, count)
                 : output.Store(multiply, biases, c, count);
      weights += kSide * column_weights;
    }
    transformed += kOut * inputs;
  }
}

void Run(const ConvProblem& p, const ConvCall& call) {
  const Conv2dShape& s = p.shape;
  const int rows = CeilDiv(s.out_height, kOut);
  const int runs = CeilDiv(s.out_width, kRun * kOut);
  const size_t bytes = Scratch::Bytes(s);
  const bool alone = TaskCount(s.multiplies() / 2, call.parallel.threads) == 1;
  const Parallel parallel = alone ? Parallel{} : call.parallel;
  parallel.For(s.batch * rows, [&](int task, int thread) {
    const Scratch scratch(s, call.scratch + bytes * static_cast<size_t>(thread));
    for (int run = 0; run < runs; ++run) {
      RunTiles(p, call, {task / rows, task % rows * kOut, run * kRun * kOut}, scratch);
    }
  });
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
