#include "brink/kernels/copy.h"

#include <algorithm>
#include <cstring>

#include "brink/kernels/pieces.h"

namespace brink::kernels {
namespace {

// Copies the element at `value` to `count` places.
void Fill(std::byte* to, const void* value, size_t element_bytes, size_t count) {
  const size_t bytes = count * element_bytes;
  if (bytes == 0) return;
  std::memcpy(to, value, element_bytes);
  for (size_t done = element_bytes; done < bytes;) {
    const size_t more = std::min(done, bytes - done);
    std::memcpy(to + done, to, more);
    done += more;
  }
}

// The axes of a padding with those merged that are not padded, so that the innermost is long.
struct PadAxes {
  int rank = 0;
  struct Axis {
    int64_t extent, before, after;
    int64_t out() const { return before + extent + after; }
  };
  std::array<Axis, Shape::kMaxRank> axes{};

  explicit PadAxes(const PadProblem& p) {
    for (int i = 0; i < p.input.rank(); ++i) {
      const auto at = static_cast<size_t>(i);
      const Axis axis{p.input[i], p.before[at], p.after[at]};
      const bool plain = axis.before == 0 && axis.after == 0;
      if (plain && rank > 0) {
        Axis& outer = axes[static_cast<size_t>(rank - 1)];
        outer = {outer.extent * axis.extent, outer.before * axis.extent, outer.after * axis.extent};
      } else {
        axes[static_cast<size_t>(rank++)] = axis;
      }
    }
    if (rank == 0) axes[static_cast<size_t>(rank++)] = {1, 0, 0};
  }
};

}  // namespace

void Pad(const PadProblem& problem, const void* value, const void* input, void* output,
         const Parallel& parallel) {
  const PadAxes pad(problem);
  const PadAxes::Axis inner = pad.axes[static_cast<size_t>(pad.rank - 1)];
  int64_t rows = 1;
  for (int axis = 0; axis + 1 < pad.rank; ++axis) rows *= pad.axes[static_cast<size_t>(axis)].out();
  const size_t bytes = problem.element_bytes;
  const auto row_bytes = static_cast<size_t>(inner.extent) * bytes;
  const auto run = [&](int64_t row) {
    auto* to = static_cast<std::byte*>(output) + static_cast<size_t>(row * inner.out()) * bytes;
    int64_t source = 0;
    int64_t step = 1;
    bool inside = true;
    for (int axis = pad.rank - 2; axis >= 0; --axis) {
      const PadAxes::Axis& at = pad.axes[static_cast<size_t>(axis)];
      const int64_t index = row % at.out() - at.before;
      row /= at.out();
      inside = inside && index >= 0 && index < at.extent;
      source += index * step;
      step *= at.extent;
    }
    if (!inside) return Fill(to, value, bytes, static_cast<size_t>(inner.out()));
    Fill(to, value, bytes, static_cast<size_t>(inner.before));
    to += static_cast<size_t>(inner.before) * bytes;
    const auto* from =
        static_cast<const std::byte*>(input) + static_cast<size_t>(source) * row_bytes;
    if (row_bytes > 0) std::memcpy(to, from, row_bytes);
    Fill(to + row_bytes, value, bytes, static_cast<size_t>(inner.after));
  };
  const int64_t piece = std::max<int64_t>(
      1, (1 << 16) / std::max<int64_t>(1, inner.out() * static_cast<int64_t>(bytes)));
  ForEachPiece(rows, piece, parallel, [&](int64_t begin, int64_t count) {
    for (int64_t row = begin; row < begin + count; ++row) run(row);
  });
}

void FillElements(const void* value, size_t element_bytes, int64_t count, void* output,
                  const Parallel& parallel) {
  const int64_t piece =
      std::max<int64_t>(1, (1 << 16) / static_cast<int64_t>(std::max<size_t>(1, element_bytes)));
  ForEachPiece(count, piece, parallel, [&](int64_t begin, int64_t length) {
    Fill(static_cast<std::byte*>(output) + static_cast<size_t>(begin) * element_bytes, value,
         element_bytes, static_cast<size_t>(length));
  });
}

void CopyRows(const RowCopy& copy, const void* input, void* output, const Parallel& parallel) {
  if (copy.row_bytes <= 0) return;
  const auto* in = static_cast<const uint8_t*>(input);
  auto* out = static_cast<uint8_t*>(output);
  const int64_t piece = std::max<int64_t>(1, (1 << 16) / copy.row_bytes);
  ForEachPiece(copy.rows, piece, parallel, [&](int64_t begin, int64_t count) {
    for (int64_t row = begin; row < begin + count; ++row) {
      const uint8_t* from = in + row * copy.input_stride;
      uint8_t* to = out + row * copy.output_stride;
      if (copy.table == nullptr) {
        std::memcpy(to, from, static_cast<size_t>(copy.row_bytes));
      } else {
        ApplyTable(*copy.table, {from, to, copy.row_bytes}, {});
      }
    }
  });
}

}  // namespace brink::kernels
