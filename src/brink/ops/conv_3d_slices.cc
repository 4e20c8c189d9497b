#include "brink/ops/conv_3d_slices.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "brink/kernels/strided_copy.h"
#include "brink/ops/any_conv.h"
#include "brink/ops/conv_form.h"

namespace brink::ops {
namespace {

constexpr int64_t kMostElements = int64_t{1} << 30;  // of a slice and of the filter
constexpr auto kFloat = static_cast<int64_t>(sizeof(float));

struct Slices {
  kernels::Conv3dProblem problem;
  kernels::Conv2dShape shape;  // of the convolution of one slice, or of all
  AnyConv conv;
  // The input's slices are those of the convolution, whose batch they are: a filter of depth 1.
  bool as_they_are = false;
  bool one_a_thread = false;  // else all threads work on one
  size_t gathered_bytes = 0;  // in front of the kernel's scratch memory
  std::vector<float> zeros;   // of a pixel beyond the first or last slice

  size_t ScratchBytes() const { return gathered_bytes + ScratchAligned(conv.scratch_bytes); }
};

kernels::Conv2dShape ShapeOf(const kernels::Conv3dProblem& p, int64_t batch) {
  const auto& [depth, height, width] = p.axes;
  const auto number = [](int64_t value) { return static_cast<int>(value); };
  return {.batch = number(batch),
          .in_height = number(height.in),
          .in_width = number(width.in),
          .in_channels = number(depth.filter * p.in_channels),
          .out_height = number(height.out),
          .out_width = number(width.out),
          .out_channels = number(p.out_channels),
          .window = {.height = number(height.filter),
                     .width = number(width.filter),
                     .stride_height = number(height.stride),
                     .stride_width = number(width.stride),
                     .dilation_height = number(height.dilation),
                     .dilation_width = number(width.dilation),
                     .pad_top = number(height.pad),
                     .pad_left = number(width.pad)}};
}

// Whether all numbers of it fit; one after another, as products of all could be anything.
bool Fits(std::initializer_list<int64_t> factors) {
  int64_t product = 1;
  for (const int64_t factor : factors) {
    if (factor > kMostElements / product) return false;
    product *= factor;
  }
  return true;
}

// [depth, height, width, in, out] as [out, height, width, depth * in].
std::vector<float> FilterOfSlices(const kernels::Conv3dProblem& p, const std::byte* filter) {
  const auto& [depth, height, width] = p.axes;
  const int64_t taps = height.filter * width.filter;
  const int64_t channels = depth.filter * p.in_channels;
  kernels::StridedCopy copy;
  copy.Append(
      {depth.filter, taps * p.in_channels * p.out_channels * kFloat, p.in_channels * kFloat});
  copy.Append({taps, p.in_channels * p.out_channels * kFloat, channels * kFloat});
  copy.Append({p.out_channels, kFloat, taps * channels * kFloat});
  copy.Append({p.in_channels, p.out_channels * kFloat, kFloat});
  std::vector<float> turned(static_cast<size_t>(copy.elements()));
  kernels::CopyStrided(kernels::Simplified(copy), filter, turned.data(), {});
  return turned;
}

// What a window sees that begins at output slice `z`: zeros where there is no slice.
void Gather(const Slices& s, const float* input, int64_t z, const kernels::Parallel& parallel,
            float* gathered) {
  const auto& [depth, height, width] = s.problem.axes;
  const int64_t channels = s.problem.in_channels;
  const int64_t pixels = height.in * width.in;
  for (int64_t tap = 0; tap < depth.filter; ++tap) {
    const int64_t slice = z * depth.stride - depth.pad + tap * depth.dilation;
    const bool inside = slice >= 0 && slice < depth.in;
    kernels::StridedCopy copy{.element_bytes = static_cast<size_t>(channels * kFloat)};
    copy.Append({pixels, inside ? channels * kFloat : 0, depth.filter * channels * kFloat});
    kernels::CopyStrided(copy, inside ? input + slice * pixels * channels : s.zeros.data(),
                         gathered + tap * channels, parallel);
  }
}

void RunSlices(const Slices& s, const std::byte* packed, const Buffers& b) {
  if (s.as_they_are) {
    s.conv.run({packed, b.inputs[0], b.outputs[0], b.scratch, b.parallel});
    return;
  }
  const kernels::Conv3dAxis& depth = s.problem.axes[0];
  const kernels::Conv3dAxis& height = s.problem.axes[1];
  const kernels::Conv3dAxis& width = s.problem.axes[2];
  const int64_t volume = depth.in * height.in * width.in * s.problem.in_channels;
  const auto run = [&](int64_t index, const kernels::Parallel& parallel, std::byte* scratch) {
    auto* gathered = reinterpret_cast<float*>(scratch);
    Gather(s, b.in<float>(0) + index / depth.out * volume, index % depth.out, parallel, gathered);
    s.conv.run({packed, scratch,
                reinterpret_cast<std::byte*>(b.out<float>(0) + index * s.shape.out_elements()),
                scratch + s.gathered_bytes, parallel});
  };
  const int64_t slices = s.problem.batch * depth.out;
  if (!s.one_a_thread) {
    for (int64_t i = 0; i < slices; ++i) run(i, b.parallel, b.scratch);
    return;
  }
  b.parallel.For(static_cast<int>(slices), [&](int index, int thread) {
    run(index, {}, b.scratch + s.ScratchBytes() * static_cast<size_t>(thread));
  });
}

Packing PackingOf(const std::shared_ptr<const Slices>& slices, const NodeView& node) {
  return {.bytes = slices->conv.packed_bytes,
          .write =
              [slices, filter = WithoutScales(node.input(1)),
               bias = node.has_input(2) ? WithoutScales(node.input(2)) : Value{}](
                  std::byte* to, std::byte* /*scratch*/) {
                const std::vector<float> turned =
                    FilterOfSlices(slices->problem, filter.data.data());
                slices->conv.pack({.filter = reinterpret_cast<const std::byte*>(turned.data()),
                                   .bias = bias.data.empty() ? nullptr : bias.data.data(),
                                   .multipliers = {}},
                                  to);
              },
          .step =
              [slices](std::shared_ptr<const std::byte> packed) {
                return [slices, packed = std::move(packed)](const Buffers& b) {
                  RunSlices(*slices, packed.get(), b);
                };
              }};
}

}  // namespace

std::optional<Prepared> ConvolveSlices(const NodeView& node,
                                       const kernels::Conv3dProblem& problem) {
  const auto& [depth, height, width] = problem.axes;
  const auto is_known = [&](int i) { return !node.has_input(i) || !node.input(i).data.empty(); };
  const bool as_they_are = depth.filter == 1 && depth.stride == 1 && depth.pad == 0;
  const int64_t channels = problem.in_channels * depth.filter;
  if (!node.input(1).is_constant || !is_known(1) || !is_known(2) ||
      (node.has_input(2) && !node.input(2).is_constant) || !Fits({problem.batch, depth.out}) ||
      !Fits({height.in, width.in, problem.in_channels, depth.filter}) ||
      !Fits(
          {height.filter, width.filter, problem.in_channels, depth.filter, problem.out_channels})) {
    return std::nullopt;
  }
  Slices slices{.problem = problem,
                .shape = ShapeOf(problem, as_they_are ? problem.batch * depth.out : 1),
                .as_they_are = as_they_are};
  const int64_t count = problem.batch * depth.out;
  slices.one_a_thread = !as_they_are && node.threads > 1 && count >= node.threads;
  slices.conv = MakeAnyConv(
      {.shape = slices.shape, .layout = kernels::FilterLayout::kOhwi, .range = problem.range},
      {.threads = slices.one_a_thread ? 1 : node.threads});
  if (!as_they_are) {
    slices.gathered_bytes =
        ScratchAligned(static_cast<size_t>(height.in * width.in * channels * kFloat));
    slices.zeros.resize(static_cast<size_t>(problem.in_channels));
  }
  Prepared prepared{.kernel = "slices, " + slices.conv.kernel,
                    .scratch_bytes = slices.ScratchBytes() *
                                     static_cast<size_t>(slices.one_a_thread ? node.threads : 1),
                    .macs = slices.shape.multiplies() * (as_they_are ? 1 : count),
                    .packed_inputs = node.has_input(2) ? 0b110U : 0b010U};
  prepared.packing = PackingOf(std::make_shared<const Slices>(std::move(slices)), node);
  return prepared;
}

}  // namespace brink::ops
