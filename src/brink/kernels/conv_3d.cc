#include "brink/kernels/conv_3d.h"

#include <algorithm>

#include "brink/kernels/pieces.h"

namespace brink::kernels {
namespace {

constexpr int64_t kChannels = 64;  // output channels whose sums are under way at once

// Where along an axis output `out` reads through tap `tap`; false: beyond the input.
bool Reads(const Conv3dAxis& axis, int64_t out, int64_t tap, int64_t& in) {
  in = out * axis.stride - axis.pad + tap * axis.dilation;
  return in >= 0 && in < axis.in;
}

// The input that is added to output `out` through tap `tap`.
bool IsGiven(const Conv3dAxis& axis, int64_t out, int64_t tap, int64_t& in) {
  const int64_t at = out + axis.pad - tap * axis.dilation;
  in = at / axis.stride;
  return at >= 0 && at % axis.stride == 0 && in < axis.in;
}

using InputOf = bool (*)(const Conv3dAxis&, int64_t out, int64_t tap, int64_t& in);

// sums[k] += the product of in_channels inputs and a filter of [in_channels, out_channels].
void AddColumns(const Conv3dProblem& p, const float* in, const float* filter, int64_t count,
                float* sums) {
  for (int64_t c = 0; c < p.in_channels; ++c) {
    const float* row = filter + c * p.out_channels;
    for (int64_t k = 0; k < count; ++k) sums[k] += in[c] * row[k];
  }
}

// The same of a filter of [out_channels, in_channels].
void AddRows(const Conv3dProblem& p, const float* in, const float* filter, int64_t count,
             float* sums) {
  constexpr int64_t kWays = 8;
  for (int64_t k = 0; k < count; ++k) {
    const float* row = filter + k * p.in_channels;
    float ways[kWays] = {};
    int64_t c = 0;
    for (; c + kWays <= p.in_channels; c += kWays) {
      for (int64_t way = 0; way < kWays; ++way) ways[way] += in[c + way] * row[c + way];
    }
    float sum = 0;
    for (const float way : ways) sum += way;
    for (; c < p.in_channels; ++c) sum += in[c] * row[c];
    sums[k] += sum;
  }
}

using Add = void (*)(const Conv3dProblem&, const float* in, const float* filter, int64_t count,
                     float* sums);

// Adds all taps for one output place. `step`: from a channel's filter to the next one's.
void AddTaps(const Conv3dProblem& p, InputOf input_of, Add add, int64_t step,
             const Conv3dArguments& a, int64_t batch, const std::array<int64_t, 3>& place,
             int64_t channel, int64_t count, float* sums) {
  const auto& [depth, height, width] = p.axes;
  int64_t z = 0;
  int64_t y = 0;
  int64_t x = 0;
  for (int64_t i = 0; i < depth.filter; ++i) {
    if (!input_of(depth, place[0], i, z)) continue;
    for (int64_t j = 0; j < height.filter; ++j) {
      if (!input_of(height, place[1], j, y)) continue;
      for (int64_t k = 0; k < width.filter; ++k) {
        if (!input_of(width, place[2], k, x)) continue;
        const int64_t from = ((batch * depth.in + z) * height.in + y) * width.in + x;
        const int64_t tap = (i * height.filter + j) * width.filter + k;
        add(p, a.input + from * p.in_channels,
            a.filter + tap * p.in_channels * p.out_channels + channel * step, count, sums);
      }
    }
  }
}

void Run(const Conv3dProblem& p, InputOf input_of, Add add, int64_t step, const Conv3dArguments& a,
         const Parallel& parallel) {
  const Conv3dAxis& depth = p.axes[0];
  const Conv3dAxis& height = p.axes[1];
  const Conv3dAxis& width = p.axes[2];
  ForEachPiece(p.batch * depth.out * height.out, 1, parallel, [&](int64_t first, int64_t rows) {
    for (int64_t row = first; row < first + rows; ++row) {
      const int64_t batch = row / (depth.out * height.out);
      for (int64_t x = 0; x < width.out; ++x) {
        const std::array<int64_t, 3> place = {row / height.out % depth.out, row % height.out, x};
        float* output = a.output + (row * width.out + x) * p.out_channels;
        for (int64_t channel = 0; channel < p.out_channels; channel += kChannels) {
          const int64_t count = std::min(kChannels, p.out_channels - channel);
          float sums[kChannels] = {};
          AddTaps(p, input_of, add, step, a, batch, place, channel, count, sums);
          for (int64_t k = 0; k < count; ++k) {
            const float sum = sums[k] + (a.bias == nullptr ? 0 : a.bias[channel + k]);
            output[channel + k] = std::min(std::max(sum, p.range.low), p.range.high);
          }
        }
      }
    }
  });
}

}  // namespace

void Conv3d(const Conv3dProblem& problem, const Conv3dArguments& arguments,
            const Parallel& parallel) {
  Run(problem, Reads, AddColumns, 1, arguments, parallel);
}

void TransposedConv3d(const Conv3dProblem& problem, const Conv3dArguments& arguments,
                      const Parallel& parallel) {
  Run(problem, IsGiven, AddRows, problem.in_channels, arguments, parallel);
}

}  // namespace brink::kernels
