#include "brink/ops/conv_3d_products.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "brink/kernels/pieces.h"
#include "brink/ops/any_conv.h"
#include "brink/ops/conv_form.h"

namespace brink::ops {
namespace {

constexpr int kFilter = 1;
constexpr int kInput = 2;
constexpr int kBias = 3;
constexpr double kMostProducts = 1 << 28;  // of a slice

struct Products {
  kernels::Conv3dProblem problem;
  AnyConv product;          // of a slice, in front of whose scratch memory
  size_t spread_bytes = 0;  // the products lie: [height, width, taps, out_channels]
};

float* OutputRow(const kernels::Conv3dProblem& p, float* output, int64_t slice, int64_t row) {
  const auto& [depth, height, width] = p.axes;
  return output + (slice * height.out + row) * width.out * p.out_channels;
}

void FillWithBias(const kernels::Conv3dProblem& p, const float* bias,
                  const kernels::Parallel& parallel, float* output) {
  const kernels::Conv3dAxis& depth = p.axes[0];
  const kernels::Conv3dAxis& height = p.axes[1];
  const kernels::Conv3dAxis& width = p.axes[2];
  kernels::ForEachPiece(p.batch * depth.out * height.out, 16, parallel,
                        [&](int64_t first, int64_t rows) {
                          float* to = OutputRow(p, output, 0, first);
                          for (int64_t i = 0; i < rows * width.out; ++i, to += p.out_channels) {
                            if (bias == nullptr) {
                              std::fill_n(to, p.out_channels, 0.0F);
                            } else {
                              std::copy_n(bias, p.out_channels, to);
                            }
                          }
                        });
}

void Clamp(const kernels::Conv3dProblem& p, const kernels::Parallel& parallel, float* output) {
  if (p.range.low == -std::numeric_limits<float>::infinity() &&
      p.range.high == std::numeric_limits<float>::infinity())
    return;
  const kernels::Conv3dAxis& depth = p.axes[0];
  const kernels::Conv3dAxis& height = p.axes[1];
  const kernels::Conv3dAxis& width = p.axes[2];
  kernels::ForEachPiece(p.batch * depth.out * height.out, 16, parallel,
                        [&](int64_t first, int64_t rows) {
                          float* at = OutputRow(p, output, 0, first);
                          const float* end = at + rows * width.out * p.out_channels;
                          for (; at != end; ++at)
                            *at = std::min(std::max(*at, p.range.low), p.range.high);
                        });
}

// Adds what input row `y` gives through the taps of depth `i` and height `j` to an output row.
void AddRow(const kernels::Conv3dProblem& p, const float* products, int64_t y, int64_t i, int64_t j,
            float* to) {
  const auto& [depth, height, width] = p.axes;
  const int64_t channels = p.out_channels;
  const int64_t taps = depth.filter * height.filter * width.filter;
  const float* from =
      products + (y * width.in * taps + (i * height.filter + j) * width.filter) * channels;
  for (int64_t x = 0; x < width.in; ++x, from += taps * channels) {
    for (int64_t k = 0; k < width.filter; ++k) {
      const int64_t at = x * width.stride - width.pad + k * width.dilation;
      if (at < 0 || at >= width.out) continue;
      float* sums = to + at * channels;
      const float* row = from + k * channels;
      for (int64_t c = 0; c < channels; ++c) sums[c] += row[c];
    }
  }
}

// Adds a slice's products to the slices of the output that they belong to: a task has an output row
// of its own.
void Spread(const kernels::Conv3dProblem& p, const float* products, int64_t z,
            const kernels::Parallel& parallel, float* output) {
  const kernels::Conv3dAxis& depth = p.axes[0];
  const kernels::Conv3dAxis& height = p.axes[1];
  kernels::ForEachPiece(depth.filter * height.out, 4, parallel, [&](int64_t first, int64_t count) {
    for (int64_t task = first; task < first + count; ++task) {
      const int64_t i = task / height.out;
      const int64_t row = task % height.out;
      const int64_t slice = z * depth.stride - depth.pad + i * depth.dilation;
      if (slice < 0 || slice >= depth.out) continue;
      for (int64_t j = 0; j < height.filter; ++j) {
        const int64_t above = row + height.pad - j * height.dilation;
        const int64_t y = above / height.stride;
        if (above >= 0 && above % height.stride == 0 && y < height.in)
          AddRow(p, products, y, i, j, OutputRow(p, output, slice, row));
      }
    }
  });
}

void RunProducts(const Products& s, const std::byte* packed, bool has_bias, const Buffers& b) {
  const kernels::Conv3dProblem& p = s.problem;
  const auto& [depth, height, width] = p.axes;
  FillWithBias(p, has_bias ? b.in<float>(kBias) : nullptr, b.parallel, b.out<float>(0));
  const int64_t slice = height.in * width.in * p.in_channels;
  const int64_t volume = depth.out * height.out * width.out * p.out_channels;
  for (int64_t i = 0; i < p.batch * depth.in; ++i) {
    s.product.run({packed, reinterpret_cast<const std::byte*>(b.in<float>(kInput) + i * slice),
                   b.scratch, b.scratch + s.spread_bytes, b.parallel});
    Spread(p, reinterpret_cast<const float*>(b.scratch), i % depth.in, b.parallel,
           b.out<float>(0) + i / depth.in * volume);
  }
  Clamp(p, b.parallel, b.out<float>(0));
}

}  // namespace

std::optional<Prepared> SpreadProducts(const NodeView& node,
                                       const kernels::Conv3dProblem& problem) {
  const auto& [depth, height, width] = problem.axes;
  const double taps = static_cast<double>(depth.filter) * static_cast<double>(height.filter) *
                      static_cast<double>(width.filter) * static_cast<double>(problem.out_channels);
  const double pixels = static_cast<double>(height.in) * static_cast<double>(width.in);
  if (!node.input(kFilter).is_constant || node.input(kFilter).data.empty() ||
      std::max({pixels, taps, taps * pixels}) > kMostProducts) {
    return std::nullopt;
  }
  Products products{.problem = problem};
  products.product =
      MakeAnyConv(kernels::FullyConnectedProblem(static_cast<int>(pixels),
                                                 static_cast<int>(problem.in_channels),
                                                 static_cast<int>(taps), {}),
                  {.threads = node.threads});
  products.spread_bytes = ScratchAligned(static_cast<size_t>(taps * pixels) * sizeof(float));
  Prepared prepared{
      .kernel = "products, " + products.product.kernel,
      .scratch_bytes = products.spread_bytes + products.product.scratch_bytes,
      .macs = static_cast<int64_t>(taps * pixels * static_cast<double>(problem.in_channels) *
                                   static_cast<double>(problem.batch * depth.in)),
      .packed_inputs = 1U << kFilter};
  const auto shared = std::make_shared<const Products>(std::move(products));
  prepared.packing = Packing{
      .bytes = shared->product.packed_bytes,
      .write =
          [shared, filter = WithoutScales(node.input(kFilter))](std::byte* to,
                                                                std::byte* /*scratch*/) {
            shared->product.pack({.filter = filter.data.data(), .bias = nullptr, .multipliers = {}},
                                 to);
          },
      .step =
          [shared, has_bias = node.has_input(kBias)](std::shared_ptr<const std::byte> packed) {
            return [shared, has_bias, packed = std::move(packed)](const Buffers& b) {
              RunProducts(*shared, packed.get(), has_bias, b);
            };
          }};
  return prepared;
}

}  // namespace brink::ops
