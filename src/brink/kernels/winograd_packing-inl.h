// How the packed weights of winograd_conv.cc are made, compiled once a CPU target.
#if defined(BRINK_KERNELS_WINOGRAD_PACKING_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_WINOGRAD_PACKING_INL_H_
#undef BRINK_KERNELS_WINOGRAD_PACKING_INL_H_
#else
#define BRINK_KERNELS_WINOGRAD_PACKING_INL_H_
#endif

#include <algorithm>
#include <cstring>

#include "brink/kernels/micro_kernel-inl.h"
#include "brink/kernels/multiply_run-inl.h"
#include "brink/kernels/transpose_plane.h"
#include "brink/kernels/winograd_filter.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// The filters that lead from some input channels to a panel's output channels, which lie together.
struct PanelFilters {
  static constexpr size_t kTaps = 9;
  static constexpr size_t kMostInputs = 8;

  ConvProblem problem;
  const float* filter;
  size_t first_in;   // in `problem`
  size_t first_out;  // in `problem`
  HWY_ALIGN float taps[kTaps * kMostInputs * kPanelWidth];

  // Elements of a filter whose channels lie apart are moved together, as many as a tile of the
  // transpose has at least: to read them one by one takes longer than to transform them.
  PanelFilters(const ConvProblem& p, const float* from, ChannelRange panel, size_t in,
               size_t inputs)
      : problem(p), filter(from), first_in(in), first_out(static_cast<size_t>(panel.first)) {
    const int64_t channels = std::min(panel.count, p.shape.out_channels - panel.first);
    const int64_t least = TransposedTile(sizeof(float));
    if (p.layout != FilterLayout::kOhwi || channels < least || static_cast<int64_t>(inputs) < least)
      return;
    problem.layout = FilterLayout::kHwo;
    problem.shape.in_channels = static_cast<int>(inputs);
    problem.shape.out_channels = panel.count;
    filter = taps;
    first_in = 0;
    first_out = 0;
    const auto width = static_cast<size_t>(panel.count);
    const auto depth = static_cast<size_t>(p.shape.in_channels);
    if (channels < panel.count) std::memset(taps, 0, sizeof(taps));
    const TransposedPlane plane{.rows = static_cast<int64_t>(inputs),
                                .columns = channels,
                                .from_stride = static_cast<int64_t>(kTaps * depth * sizeof(float)),
                                .to_stride = static_cast<int64_t>(width * sizeof(float))};
    const TransposeFunction transpose = ChooseTranspose();
    for (size_t tap = 0; tap < kTaps; ++tap) {
      const size_t at = (static_cast<size_t>(panel.first) * kTaps + tap) * depth + in;
      transpose(plane, reinterpret_cast<const std::byte*>(from + at),
                reinterpret_cast<std::byte*>(taps + tap * inputs * width));
    }
  }
};

// Transforms the filters of a panel, which lies at `to` in the first position and
// `position_step` floats further in each next. The positions are
// a power of two apart as a rule, and so in the same few sets of the caches: some rows of each are
// made next to each other, then moved.
template <int kOut>
void PackPanel(const ConvProblem& p, const float* filter, size_t position_step, ChannelRange panel,
               float* to) {
  constexpr size_t kFloats = 2 * kPanelWidth;
  constexpr size_t kSide = kOut + 2;
  const auto depth = static_cast<size_t>(p.shape.in_channels);
  HWY_ALIGN float made[kSide * kSide * (kFloats + kLineFloats)];
  const auto width = static_cast<size_t>(panel.count);
  const size_t most = std::min(kFloats / width, PanelFilters::kMostInputs);
  const size_t step = most * width + kLineFloats;
  for (size_t in = 0; in < depth; in += PanelFilters::kMostInputs) {
    const size_t inputs = std::min(PanelFilters::kMostInputs, depth - in);
    const PanelFilters filters(p, filter, panel, in, inputs);
    for (size_t done = 0; done < inputs; done += most) {
      const size_t rows = std::min(most, inputs - done);
      for (size_t row = 0; row < rows; ++row) {
        TransformFilters(kOut, filters.problem, filters.filter,
                         {filters.first_in + done + row, filters.first_out, width},
                         {made + row * width, kSide * step, step});
      }
      for (size_t i = 0; i < kSide * kSide; ++i) {
        std::memcpy(to + i * position_step + (in + done) * width, made + i * step,
                    rows * width * sizeof(float));
      }
    }
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_WINOGRAD_PACKING_INL_H_
