#include "brink/kernels/transpose_conv.h"

#include <algorithm>

#include "brink/kernels/copy_bytes.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/split_index.h"

namespace brink::kernels {
namespace {

struct Axis {
  int in;
  int out;
  int filter;
  int stride;
  int pad;
};

struct Phase {
  TransposeConvAxis axis;
  int outputs = 0;
  int pad_before = 0;
};

// Output o at t = o + pad gets input q - j through tap rest + stride * j, where t = stride * q +
// rest. As a convolution its taps go by rising input, so j falls.
std::vector<Phase> Phases(const Axis& a) {
  std::vector<Phase> phases;
  for (int output = 0; output < std::min(a.stride, a.out); ++output) {
    const int64_t place = int64_t{output} + a.pad;
    const auto rest = static_cast<int>(place % a.stride);
    const auto first_input = static_cast<int>(place / a.stride);
    const int inside = a.filter > rest ? (a.filter - rest + a.stride - 1) / a.stride : 0;
    Phase phase;
    // Windows that start inside the input get taps of zeros in front, so that no padding is
    // negative; a phase without taps gets one.
    phase.axis.taps = std::max({inside, first_input + 1, 1});
    phase.axis.first_output = output;
    phase.axis.first_tap = rest;
    phase.outputs = (a.out - output + a.stride - 1) / a.stride;
    phase.pad_before = phase.axis.taps - 1 - first_input;
    phases.push_back(phase);
  }
  return phases;
}

// With fewer channels phases are put together.
constexpr int kNarrowChannels = 16;

bool SameShape(const Conv2dShape& a, const Conv2dShape& b) {
  return a.out_height == b.out_height && a.out_width == b.out_width &&
         a.window.height == b.window.height && a.window.width == b.window.width &&
         a.window.pad_top == b.window.pad_top && a.window.pad_left == b.window.pad_left;
}

void AddPhase(const TransposeConvShape& s, const Conv2dShape& shape,
              const TransposeConvPlace& place, std::vector<TransposeConvPhase>& phases) {
  const auto same =
      std::find_if(phases.begin(), phases.end(), [&](const TransposeConvPhase& phase) {
        return s.out_channels < kNarrowChannels && SameShape(phase.shape, shape);
      });
  if (same == phases.end()) {
    phases.push_back({shape, {place}});
    return;
  }
  same->shape.out_channels += s.out_channels;
  same->places.push_back(place);
}

// Appends a place's filter to `to`.
void PlaceFilter(const TransposeConvShape& s, const TransposeConvPlace& place,
                 std::span<const std::byte> filter, std::byte zero, std::vector<std::byte>& to) {
  const auto cells = static_cast<size_t>(s.filter_height) * static_cast<size_t>(s.filter_width) *
                     static_cast<size_t>(s.out_channels);
  const size_t cell_bytes = filter.size() / cells;  // the input channels of a tap
  for (int64_t channel = 0; channel < s.out_channels; ++channel) {
    for (int row = place.rows.taps - 1; row >= 0; --row) {
      const int64_t y = place.rows.first_tap + int64_t{row} * s.stride_height;
      for (int column = place.columns.taps - 1; column >= 0; --column) {
        const int64_t x = place.columns.first_tap + int64_t{column} * s.stride_width;
        if (y >= s.filter_height || x >= s.filter_width) {
          to.insert(to.end(), cell_bytes, zero);
          continue;
        }
        const auto cell = static_cast<size_t>((channel * s.filter_height + y) * s.filter_width + x);
        const auto from = filter.subspan(cell * cell_bytes, cell_bytes);
        to.insert(to.end(), from.begin(), from.end());
      }
    }
  }
}

struct PixelSteps {
  size_t bytes;  // of a pixel
  size_t from;   // from a pixel to the next
  size_t to;
};

// The steps by value, as every store of bytes could change what is elsewhere.
void PlacePixels(PixelSteps steps, size_t count, const std::byte* from, std::byte* to) {
  for (size_t x = 0; x < count; ++x)
    CopyBytes(to + x * steps.to, from + x * steps.from, steps.bytes);
}

}  // namespace

std::vector<TransposeConvPhase> TransposeConvPhases(const TransposeConvShape& s) {
  std::vector<TransposeConvPhase> phases;
  const auto columns =
      Phases({s.in_width, s.out_width, s.filter_width, s.stride_width, s.pad_left});
  for (const Phase& row :
       Phases({s.in_height, s.out_height, s.filter_height, s.stride_height, s.pad_top})) {
    for (const Phase& column : columns) {
      const Conv2dShape shape = {.batch = s.batch,
                                 .in_height = s.in_height,
                                 .in_width = s.in_width,
                                 .in_channels = s.in_channels,
                                 .out_height = row.outputs,
                                 .out_width = column.outputs,
                                 .out_channels = s.out_channels,
                                 .window = {.height = row.axis.taps,
                                            .width = column.axis.taps,
                                            .pad_top = row.pad_before,
                                            .pad_left = column.pad_before}};
      AddPhase(s, shape, {row.axis, column.axis}, phases);
    }
  }
  return phases;
}

std::vector<std::byte> PhaseFilter(const TransposeConvShape& s, const TransposeConvPhase& phase,
                                   std::span<const std::byte> filter, std::byte zero) {
  std::vector<std::byte> all;
  for (const TransposeConvPlace& place : phase.places) PlaceFilter(s, place, filter, zero, all);
  return all;
}

void PlacePhase(const TransposeConvShape& s, const TransposeConvPhase& phase,
                const PlacePhaseCall& call) {
  constexpr size_t kPieceBytes = size_t{1} << 15;
  const size_t pixel = static_cast<size_t>(s.out_channels) * call.element_bytes;
  const PixelSteps steps{.bytes = pixel,
                         .from = pixel * phase.places.size(),
                         .to = pixel * static_cast<size_t>(s.stride_width)};
  const auto width = static_cast<size_t>(phase.shape.out_width);
  const size_t row_bytes = steps.from * width;
  const auto place_row = [&](int64_t index) {
    const auto [batch, row] = SplitIndex(index, phase.shape.out_height);
    const std::byte* part = call.from + static_cast<size_t>(index) * row_bytes;
    for (const TransposeConvPlace& place : phase.places) {
      const int64_t y = place.rows.first_output + int64_t{1} * row * s.stride_height;
      const int64_t first = (batch * s.out_height + y) * s.out_width + place.columns.first_output;
      PlacePixels(steps, width, part, call.to + static_cast<size_t>(first) * pixel);
      part += pixel;
    }
  };
  const int64_t rows = int64_t{1} * s.batch * phase.shape.out_height;
  ForEachPiece(rows, static_cast<int64_t>(kPieceBytes / row_bytes + 1), call.parallel,
               [&](int64_t first, int64_t count) {
                 for (int64_t row = first; row < first + count; ++row) place_row(row);
               });
}

}  // namespace brink::kernels
