#include "brink/kernels/reference/conv.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "brink/kernels/reference/pool.h"

namespace brink::kernels::reference {
namespace {

// One output element's place.
struct OutputIndex {
  int batch, y, x, channel;
};

// The channels of one cell of a window: where they begin in the input and in the filter, how many
// they are, and how far apart in the filter.
struct Channels {
  size_t input, filter, count, step;
};

// Calls visit(Channels) for each cell of the window that lies in the input.
template <class Visit>
void ForEachCell(const Conv2dShape& s, FilterLayout layout, const OutputIndex& at, Visit visit) {
  const Window2d& w = s.window;
  const int depth = s.in_channels / s.groups;
  const int group = at.channel / (s.out_channels / s.groups);
  const bool ohwi = layout == FilterLayout::kOhwi;
  for (int ky = 0; ky < w.height; ++ky) {
    const int64_t y = int64_t{1} * at.y * w.stride_height - w.pad_top + ky * w.dilation_height;
    if (y < 0 || y >= s.in_height) continue;
    for (int kx = 0; kx < w.width; ++kx) {
      const int64_t x = int64_t{1} * at.x * w.stride_width - w.pad_left + kx * w.dilation_width;
      if (x < 0 || x >= s.in_width) continue;
      const int64_t pixel = (int64_t{at.batch} * s.in_height + y) * s.in_width + x;
      const int64_t in = pixel * s.in_channels + int64_t{group} * depth;
      const int64_t cell = int64_t{ky} * w.width + kx;
      const int64_t filter = ohwi ? (int64_t{at.channel} * w.height * w.width + cell) * depth
                                  : cell * depth * s.out_channels + at.channel;
      visit(Channels{static_cast<size_t>(in), static_cast<size_t>(filter),
                     static_cast<size_t>(depth), ohwi ? 1 : static_cast<size_t>(s.out_channels)});
    }
  }
}

// The sum and the products of a cell's channels, one after the other.
template <class Sum, class In, class Filter, class Product>
Sum AddProducts(Sum sum, const Channels& at, const In* input, const Filter* filter,
                Product product) {
  size_t weight = at.filter;
  for (size_t i = at.input; i < at.input + at.count; ++i, weight += at.step) {
    sum += product(input[i], filter[weight]);
  }
  return sum;
}

// Calls visit(index, output offset) for each output element.
template <class Visit>
void ForEachOutput(const Conv2dShape& s, Visit visit) {
  size_t offset = 0;
  for (int b = 0; b < s.batch; ++b) {
    for (int y = 0; y < s.out_height; ++y) {
      for (int x = 0; x < s.out_width; ++x) {
        for (int c = 0; c < s.out_channels; ++c) visit(OutputIndex{b, y, x, c}, offset++);
      }
    }
  }
}

template <class In, class Filter>
void QuantizedConvOf(const QuantizedConvProblem& p, const QuantizedConvWeights& weights,
                     const In* input, In* output) {
  const auto* filter = static_cast<const Filter*>(weights.filter);
  const auto product = [in = p.input_zero_point, by = p.filter_zero_point](In x, Filter weight) {
    return static_cast<uint32_t>((x - in) * (weight - by));
  };
  ForEachOutput(p.shape, [&](const OutputIndex& at, size_t offset) {
    // Unsigned, so that sums which hostile models drive past 32 bits wrap.
    uint32_t sum = 0;
    ForEachCell(p.shape, p.layout, at, [&](const Channels& channels) {
      sum = AddProducts(sum, channels, input, filter, product);
    });
    const auto channel = static_cast<size_t>(at.channel);
    if (weights.bias != nullptr) sum += static_cast<uint32_t>(weights.bias[channel]);
    const Multiplier multiplier = weights.multipliers[weights.multipliers.size() > 1 ? channel : 0];
    const int32_t scaled = MultiplyByMultiplier(static_cast<int32_t>(sum), multiplier);
    const int32_t value = WrappingAdd(scaled, p.output_zero_point);
    output[offset] = static_cast<In>(std::min(std::max(value, p.range.low), p.range.high));
  });
}

// The pooling that ConvProblem::max_pool means.
Conv2dShape PoolShape(const Conv2dShape& s) {
  Conv2dShape pool;
  pool.batch = s.batch;
  pool.in_height = s.out_height;
  pool.in_width = s.out_width;
  pool.in_channels = pool.out_channels = s.out_channels;
  pool.window.height = pool.window.width = 2;
  pool.window.stride_height = pool.window.stride_width = 2;
  pool.out_height = (s.out_height - 1) / 2 + 1;
  pool.out_width = (s.out_width - 1) / 2 + 1;
  return pool;
}

size_t FilterElements(const Conv2dShape& s) {
  return static_cast<size_t>(s.out_channels) * static_cast<size_t>(s.window.height) *
         static_cast<size_t>(s.window.width) * static_cast<size_t>(s.in_channels / s.groups);
}

size_t OutChannels(const Conv2dShape& s) { return static_cast<size_t>(s.out_channels); }

// Packed: filter, then biases, as the model has them; absent biases are zero.
size_t ConvPackedBytes(const ConvProblem& p) {
  return (FilterElements(p.shape) + OutChannels(p.shape)) * sizeof(float);
}

void ConvPack(const ConvProblem& p, const ConvWeights& weights, std::byte* packed) {
  const size_t filter_bytes = FilterElements(p.shape) * sizeof(float);
  const size_t bias_bytes = OutChannels(p.shape) * sizeof(float);
  std::memcpy(packed, weights.filter, filter_bytes);
  if (weights.bias != nullptr) {
    std::memcpy(packed + filter_bytes, weights.bias, bias_bytes);
  } else {
    std::memset(packed + filter_bytes, 0, bias_bytes);
  }
}

void ConvRun(const ConvProblem& p, const ConvCall& call) {
  const auto* filter = reinterpret_cast<const float*>(call.packed);
  Conv(p, {filter, filter + FilterElements(p.shape)}, call.input, call.output);
}

// Packed: biases, multipliers, filter, in falling order of alignment.
size_t QuantizedPackedBytes(const QuantizedConvProblem& p) {
  return OutChannels(p.shape) * (sizeof(int32_t) + sizeof(Multiplier)) + FilterElements(p.shape);
}

void QuantizedPack(const QuantizedConvProblem& p, const QuantizedConvWeights& weights,
                   std::byte* packed) {
  const size_t channels = OutChannels(p.shape);
  auto* bias = reinterpret_cast<int32_t*>(packed);
  auto* multipliers = reinterpret_cast<Multiplier*>(bias + channels);
  for (size_t c = 0; c < channels; ++c) {
    bias[c] = weights.bias == nullptr ? 0 : weights.bias[c];
    multipliers[c] = weights.multipliers[weights.multipliers.size() > 1 ? c : 0];
  }
  std::memcpy(multipliers + channels, weights.filter, FilterElements(p.shape));
}

void QuantizedRun(const QuantizedConvProblem& p, const QuantizedConvCall& call) {
  const size_t channels = OutChannels(p.shape);
  const auto* bias = reinterpret_cast<const int32_t*>(call.packed);
  const auto* multipliers = reinterpret_cast<const Multiplier*>(bias + channels);
  QuantizedConv(p, {multipliers + channels, bias, {multipliers, channels}}, call.input,
                call.output);
}

}  // namespace

void Conv(const ConvProblem& p, const ConvWeights& weights, const float* input, float* output) {
  if (p.max_pool) {
    ConvProblem plain = p;
    plain.max_pool = false;
    std::vector<float> full(static_cast<size_t>(p.shape.out_elements()));
    Conv(plain, weights, input, full.data());
    MaxPool({PoolShape(p.shape), {}}, full.data(), output);
    return;
  }
  ForEachOutput(p.shape, [&](const OutputIndex& at, size_t offset) {
    double sum = weights.bias == nullptr ? 0.0 : double{weights.bias[at.channel]};
    ForEachCell(p.shape, p.layout, at, [&](const Channels& channels) {
      sum = AddProducts(sum, channels, input, weights.filter,
                        [](float x, float weight) { return double{x} * double{weight}; });
    });
    const auto value = static_cast<float>(sum);
    output[offset] = std::min(std::max(value, p.range.low), p.range.high);
  });
}

void QuantizedConv(const QuantizedConvProblem& p, const QuantizedConvWeights& weights,
                   const void* input, void* output) {
  const bool signed_filter = p.filter_type == Type::kInt8;
  if (p.type == Type::kInt8) {
    const auto* in = static_cast<const int8_t*>(input);
    auto* out = static_cast<int8_t*>(output);
    signed_filter ? QuantizedConvOf<int8_t, int8_t>(p, weights, in, out)
                  : QuantizedConvOf<int8_t, uint8_t>(p, weights, in, out);
  } else {
    const auto* in = static_cast<const uint8_t*>(input);
    auto* out = static_cast<uint8_t*>(output);
    signed_filter ? QuantizedConvOf<uint8_t, int8_t>(p, weights, in, out)
                  : QuantizedConvOf<uint8_t, uint8_t>(p, weights, in, out);
  }
}

const ConvKernel& ConvEntry() {
  static constexpr ConvKernel kEntry = {
      .name = "reference",
      .applies = [](const ConvProblem&) { return true; },
      .cost = [](const ConvProblem& p,
                 int) { return 3e-3 * static_cast<double>(p.shape.multiplies()); },
      .packed_bytes = ConvPackedBytes,
      .pack = ConvPack,
      .scratch_bytes = [](const ConvProblem&, int) { return size_t{0}; },
      .run = ConvRun,
  };
  return kEntry;
}

const QuantizedConvKernel& QuantizedConvEntry() {
  static constexpr QuantizedConvKernel kEntry = {
      .name = "reference",
      .applies = [](const QuantizedConvProblem& p) { return !p.real_output; },
      .cost = [](const QuantizedConvProblem& p,
                 int) { return 1e-3 * static_cast<double>(p.shape.multiplies()); },
      .packed_bytes = QuantizedPackedBytes,
      .pack = QuantizedPack,
      .scratch_bytes = [](const QuantizedConvProblem&, int) { return size_t{0}; },
      .run = QuantizedRun,
  };
  return kEntry;
}

}  // namespace brink::kernels::reference
