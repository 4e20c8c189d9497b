#include "brink/kernels/copy.h"

#include <algorithm>
#include <cstring>

#include "brink/kernels/copy_bytes.h"
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

// Writes an element to many places or few, over and over.
class Filler {
 public:
  // `element_bytes` divides kPattern.
  Filler(const void* value, size_t element_bytes) : element_bytes_(element_bytes) {
    Fill(pattern_.data(), value, element_bytes, kPattern / element_bytes);
  }
  void operator()(std::byte* to, int64_t count) const {
    size_t bytes = static_cast<size_t>(count) * element_bytes_;
    for (; bytes > kPattern; bytes -= kPattern, to += kPattern) {
      std::memcpy(to, pattern_.data(), kPattern);
    }
    CopyBytes(to, pattern_.data(), bytes);
  }

 private:
  static constexpr size_t kPattern = 64;

  size_t element_bytes_;
  std::array<std::byte, kPattern> pattern_;
};

// Output rows in order: where each lies in the input.
class PadRows {
 public:
  PadRows(const PadAxes& pad, int64_t row) : pad_(pad) {
    for (int axis = pad.rank - 2; axis >= 0; --axis) {
      const auto at = static_cast<size_t>(axis);
      index_[at] = row % pad.axes[at].out();
      row /= pad.axes[at].out();
    }
  }
  // The input's row, or -1 where there is only padding.
  int64_t source() const {
    int64_t source = 0;
    for (size_t at = 0; at + 1 < static_cast<size_t>(pad_.rank); ++at) {
      const int64_t index = index_[at] - pad_.axes[at].before;
      if (index < 0 || index >= pad_.axes[at].extent) return -1;
      source = source * pad_.axes[at].extent + index;
    }
    return source;
  }
  void Next() {
    for (int axis = pad_.rank - 2; axis >= 0; --axis) {
      const auto at = static_cast<size_t>(axis);
      if (++index_[at] < pad_.axes[at].out()) return;
      index_[at] = 0;
    }
  }

 private:
  const PadAxes& pad_;
  std::array<int64_t, Shape::kMaxRank> index_{};
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
  const Filler fill(value, bytes);
  const auto run = [&](std::byte* to, int64_t source) {
    if (source < 0) return fill(to, inner.out());
    fill(to, inner.before);
    to += static_cast<size_t>(inner.before) * bytes;
    CopyBytes(to, static_cast<const std::byte*>(input) + static_cast<size_t>(source) * row_bytes,
              row_bytes);
    fill(to + row_bytes, inner.after);
  };
  const int64_t piece = std::max<int64_t>(
      1, (1 << 16) / std::max<int64_t>(1, inner.out() * static_cast<int64_t>(bytes)));
  ForEachPiece(rows, piece, parallel, [&](int64_t begin, int64_t count) {
    const auto out_bytes = static_cast<size_t>(inner.out()) * bytes;
    auto* to = static_cast<std::byte*>(output) + static_cast<size_t>(begin) * out_bytes;
    PadRows place(pad, begin);
    for (int64_t row = 0; row < count; ++row, to += out_bytes, place.Next()) {
      run(to, place.source());
    }
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
  const auto* in = static_cast<const std::byte*>(input);
  auto* out = static_cast<std::byte*>(output);
  const int64_t piece = std::max<int64_t>(1, (1 << 16) / copy.row_bytes);
  ForEachPiece(copy.rows, piece, parallel, [&](int64_t begin, int64_t count) {
    for (int64_t row = begin; row < begin + count; ++row) {
      const std::byte* from = in + row * copy.input_stride;
      std::byte* to = out + row * copy.output_stride;
      if (copy.table == nullptr) {
        CopyBytes(to, from, static_cast<size_t>(copy.row_bytes));
      } else {
        ApplyTable(*copy.table,
                   {reinterpret_cast<const uint8_t*>(from), reinterpret_cast<uint8_t*>(to),
                    copy.row_bytes},
                   {});
      }
    }
  });
}

}  // namespace brink::kernels
