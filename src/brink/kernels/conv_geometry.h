// What the convolution kernels share: walking over output pixels, finding filter elements, cutting
// work into tasks. Only for this room's sources.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "brink/kernels/conv.h"
#include "brink/kernels/split_index.h"
#include "brink/kernels/window.h"

namespace brink::kernels {

// The scale of cost estimates: multiply-adds of a core of 100 GFLOP/s.
inline constexpr double kMacsPerMicrosecond = 50e3;

// What stays in a core's second cache next to the weights that pass over it.
inline constexpr int64_t kChunkBytes = 128 * 1024;

template <class Integer>
constexpr Integer CeilDiv(Integer a, Integer b) {
  return (a + b - 1) / b;
}

constexpr size_t AlignUp(size_t bytes) {
  return (bytes + kPackAlignment - 1) / kPackAlignment * kPackAlignment;
}

// The first of `count` things that part `part` of `parts` holds.
constexpr int PartBegin(int count, int parts, int part) {
  return static_cast<int>(int64_t{count} * part / parts);
}

// Tasks that `threads` threads should get: several each, so that a late one is made up for, as many
// for each, but none so small that handing it over costs more than it does.
inline int TaskCount(int64_t multiplies, int threads) {
  if (threads <= 1) return 1;
  constexpr int64_t kLeastMultiplies = 100'000;  // a microsecond or two
  const int64_t worth = std::clamp<int64_t>(multiplies / kLeastMultiplies, 1, int64_t{threads} * 4);
  return static_cast<int>(worth < threads ? worth : worth / threads * threads);
}

// Chunks of at most `most` tiles that `parts` tasks, of TaskCount, make of `tiles`: as many for
// each thread. Chunk i begins with tile tiles * i / chunks.
inline int ChunkCount(int64_t tiles, int64_t most, int parts, int threads) {
  const int64_t needed = CeilDiv(tiles, std::max<int64_t>(1, most));
  if (parts == 1) return static_cast<int>(needed);
  const int64_t wanted = CeilDiv(std::max<int64_t>(needed, parts), int64_t{threads}) * threads;
  return static_cast<int>(std::min(tiles, wanted));
}

// How work is cut into chunks of tiles times parts of all panels of weights. Neighbouring tasks,
// which one thread runs, share what is dearer to read: the inputs or, `by_panels`, the weights.
struct TaskGrid {
  int chunks = 1;
  int panel_parts = 1;
  bool by_panels = false;

  int tasks() const { return chunks * panel_parts; }
  int ChunkOf(int task) const { return by_panels ? task % chunks : task / panel_parts; }
  int PartOf(int task) const { return by_panels ? task / chunks : task % panel_parts; }
};

struct ChannelRange {
  int first = 0;
  int count = 0;
};

// Inputs that one output element sums: window cells times channels of a group.
inline size_t WindowInputs(const Conv2dShape& s) {
  return static_cast<size_t>(s.window.height) * static_cast<size_t>(s.window.width) *
         static_cast<size_t>(s.in_channels / s.groups);
}

// Whether threads had better share the weights of an 8-bit convolution, each of them reading all
// inputs, than the pixels, each reading all weights.
inline bool WeightsOutweigh(const Conv2dShape& s) {
  return s.out_channels * static_cast<int64_t>(WindowInputs(s)) > 4 * s.in_elements();
}

// Whether an output pixel's window is the input pixel of the same place.
inline bool IsPointwise(const Conv2dShape& s) {
  return s.window.height == 1 && s.window.width == 1 && s.out_height == s.in_height &&
         s.out_width == s.in_width && s.window.stride_height == 1 && s.window.stride_width == 1 &&
         s.window.pad_top == 0 && s.window.pad_left == 0;
}

// Finds a filter's element by output channel and input, counted row by row, channels innermost.
class FilterIndex {
 public:
  FilterIndex(FilterLayout layout, const Conv2dShape& s)
      : channel_step_(layout == FilterLayout::kOhwi ? WindowInputs(s) : 1),
        input_step_(layout == FilterLayout::kOhwi ? 1 : static_cast<size_t>(s.out_channels)) {}
  explicit FilterIndex(const ConvProblem& p) : FilterIndex(p.layout, p.shape) {}

  size_t operator()(size_t channel, size_t input) const {
    return channel * channel_step_ + input * input_step_;
  }
  // Between neighbouring inputs of a channel.
  size_t input_step() const { return input_step_; }

 private:
  size_t channel_step_;
  size_t input_step_;
};

// Where an output pixel's window starts in the input; may lie outside of it.
struct OutputPixel {
  int64_t batch = 0;
  int64_t y = 0;
  int64_t x = 0;
};

// Goes over output pixels in memory order; past the last one it stays there.
class PixelWalk {
 public:
  PixelWalk(const Conv2dShape& s, int64_t first) : s_(s) {
    const auto [row, x] = SplitIndex(first, s.out_width);
    const auto [batch, y] = SplitIndex(row, s.out_height);
    x_ = x;
    y_ = y;
    batch_ = static_cast<int>(batch);
  }

  OutputPixel Next() {
    const OutputPixel pixel{batch_, int64_t{1} * y_ * s_.window.stride_height - s_.window.pad_top,
                            int64_t{1} * x_ * s_.window.stride_width - s_.window.pad_left};
    Advance();
    return pixel;
  }

 private:
  void Advance() {
    if (x_ + 1 < s_.out_width) {
      ++x_;
    } else if (y_ + 1 < s_.out_height) {
      x_ = 0;
      ++y_;
    } else if (batch_ + 1 < s_.batch) {
      x_ = 0;
      y_ = 0;
      ++batch_;
    }
  }

  const Conv2dShape& s_;
  int x_;
  int y_;
  int batch_;
};

}  // namespace brink::kernels
