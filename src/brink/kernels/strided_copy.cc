#include "brink/kernels/strided_copy.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>

#include "brink/kernels/copy_bytes.h"
#include "brink/kernels/copy_runs.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/thin_plane.h"
#include "brink/kernels/transpose_plane.h"

namespace brink::kernels {
namespace {

using Axis = StridedCopy::Axis;

// The two innermost loops.
struct Plane {
  Axis rows;
  Axis columns;
};

// A copy of a size that the compiler knows is one load and one store, whatever the alignment.
template <size_t kBytes>
void CopyLine(const Axis& axis, const std::byte* from, std::byte* to) {
  for (int64_t i = 0; i < axis.extent; ++i) {
    std::memcpy(to, from, kBytes);
    from += axis.from;
    to += axis.to;
  }
}

template <size_t kBytes>
void CopyPlane(const Plane& plane, const std::byte* from, std::byte* to) {
  constexpr int64_t kBlock = 16;
  const auto& [rows, columns] = plane;
  if (columns.extent < kBlock && rows.extent > columns.extent) {
    for (int64_t column = 0; column < columns.extent; ++column)
      CopyLine<kBytes>(rows, from + column * columns.from, to + column * columns.to);
    return;
  }
  // Where the source lies in order along the rows, a block of both keeps to few cache lines.
  const bool turned = std::abs(rows.from) < std::abs(columns.from);
  const int64_t width = turned ? kBlock : columns.extent;
  for (int64_t begin = 0; begin < columns.extent; begin += width) {
    const Axis part{std::min(width, columns.extent - begin), columns.from, columns.to};
    for (int64_t row = 0; row < rows.extent; ++row) {
      CopyLine<kBytes>(part, from + row * rows.from + begin * columns.from,
                       to + row * rows.to + begin * columns.to);
    }
  }
}

void CopyRuns(const Plane& plane, size_t bytes, const std::byte* from, std::byte* to) {
  if (bytes >= kLeastRun && bytes <= kMostRun) {
    const auto& [rows, columns] = plane;
    return ChooseCopyRuns()({.bytes = bytes,
                             .rows = rows.extent,
                             .columns = columns.extent,
                             .from_row = rows.from,
                             .from_column = columns.from,
                             .to_row = rows.to,
                             .to_column = columns.to},
                            from, to);
  }
  for (int64_t row = 0; row < plane.rows.extent; ++row) {
    for (int64_t column = 0; column < plane.columns.extent; ++column) {
      CopyBytes(to + row * plane.rows.to + column * plane.columns.to,
                from + row * plane.rows.from + column * plane.columns.from, bytes);
    }
  }
}

// Rows that are not shared among threads, but their columns.
constexpr int64_t kFewRows = 4;

// What transposes the plane: the source lies in order along the rows, the destination along the
// columns. None for planes that do not, or of too few elements.
TransposeFunction TransposeOf(const TransposedPlane& plane, const Plane& axes) {
  const auto step = static_cast<int64_t>(plane.element_bytes);
  if (axes.rows.from != step || axes.columns.to != step) return nullptr;
  if (IsThin(plane)) return ChooseThinTranspose();
  const int64_t tile = TransposedTile(plane.element_bytes);
  return tile > 0 && std::min(plane.rows, plane.columns) >= tile ? ChooseTranspose() : nullptr;
}

TransposedPlane TransposedOf(size_t bytes, const Plane& plane) {
  return {bytes, plane.rows.extent, plane.columns.extent, plane.columns.from, plane.rows.to};
}

void CopyPlaneOf(size_t bytes, const Plane& plane, const std::byte* from, std::byte* to) {
  switch (bytes) {
    case 1:
      return CopyPlane<1>(plane, from, to);
    case 2:
      return CopyPlane<2>(plane, from, to);
    case 4:
      return CopyPlane<4>(plane, from, to);
    case 8:
      return CopyPlane<8>(plane, from, to);
    case 12:
      return CopyPlane<12>(plane, from, to);
    case 16:
      return CopyPlane<16>(plane, from, to);
    default:
      return CopyRuns(plane, bytes, from, to);
  }
}

// Copies a plane, or a part of it.
class PlaneCopy {
 public:
  PlaneCopy(size_t bytes, const Plane& plane)
      : bytes_(bytes), plane_(plane), whole_(TransposeOf(TransposedOf(bytes, plane), plane)) {}

  bool transposes() const { return whole_ != nullptr; }
  void operator()(const Plane& part, const std::byte* from, std::byte* to) const {
    const TransposedPlane turned = TransposedOf(bytes_, part);
    const bool is_whole =
        turned.rows == plane_.rows.extent && turned.columns == plane_.columns.extent;
    const TransposeFunction transpose = is_whole ? whole_ : TransposeOf(turned, part);
    if (transpose == nullptr) return CopyPlaneOf(bytes_, part, from, to);
    transpose(turned, from, to);
  }

 private:
  size_t bytes_;
  const Plane& plane_;
  TransposeFunction whole_;
};

// Rows of a task, over all planes: whole planes where they fit, else what a transpose does at once.
int64_t RowsOfTask(size_t bytes, const Plane& plane) {
  const auto row_bytes = plane.columns.extent * static_cast<int64_t>(bytes);
  const int64_t rows = std::max<int64_t>(1, (1 << 16) / std::max<int64_t>(1, row_bytes));
  if (rows >= plane.rows.extent) return rows - rows % plane.rows.extent;
  const bool turns = TransposeOf(TransposedOf(bytes, plane), plane) != nullptr;
  const int64_t together = turns ? std::max<int64_t>(1, 64 / static_cast<int64_t>(bytes)) : 1;
  return (rows + together - 1) / together * together;
}

// The planes in order: where each begins.
class PlaneWalk {
 public:
  PlaneWalk(const StridedCopy& copy, int64_t plane) : copy_(copy), outer_rank_(copy.rank - 2) {
    for (int i = outer_rank_ - 1; i >= 0; --i) {
      const auto at = static_cast<size_t>(i);
      const Axis& axis = copy.axes[at];
      index_[at] = plane % axis.extent;
      plane /= axis.extent;
      source += index_[at] * axis.from;
      target += index_[at] * axis.to;
    }
  }
  void Next() {
    for (int i = outer_rank_ - 1; i >= 0; --i) {
      const auto at = static_cast<size_t>(i);
      const Axis& axis = copy_.axes[at];
      source += axis.from;
      target += axis.to;
      if (++index_[at] < axis.extent) return;
      index_[at] = 0;
      source -= axis.extent * axis.from;
      target -= axis.extent * axis.to;
    }
  }

  int64_t source = 0;
  int64_t target = 0;

 private:
  const StridedCopy& copy_;
  int outer_rank_;
  std::array<int64_t, StridedCopy::kMaxRank> index_;
};

// Makes the innermost axis a part of the element where it lies together on both sides.
void WidenElement(StridedCopy& copy) {
  if (copy.rank == 0) return;
  const Axis inner = copy.axes[static_cast<size_t>(copy.rank - 1)];
  const auto bytes = static_cast<int64_t>(copy.element_bytes);
  if (inner.from != bytes || inner.to != bytes) return;
  --copy.rank;
  copy.element_bytes *= static_cast<size_t>(inner.extent);
}

// Brings the axis along which the source lies closest next to the innermost.
void BringCloseAxisInward(StridedCopy& copy) {
  if (copy.rank < 3) return;
  const auto inner = copy.axes.begin() + copy.rank - 1;
  const auto closest = std::min_element(copy.axes.begin(), inner, [](const Axis& a, const Axis& b) {
    return std::abs(a.from) < std::abs(b.from);
  });
  if (std::abs(closest->from) < std::abs(inner->from)) std::rotate(closest, closest + 1, inner);
}

}  // namespace

void StridedCopy::Append(Axis axis) {
  assert(rank < kMaxRank);
  axes[static_cast<size_t>(rank++)] = axis;
}

int64_t StridedCopy::elements() const {
  int64_t count = 1;
  for (int i = 0; i < rank; ++i) count *= axes[static_cast<size_t>(i)].extent;
  return count;
}

StridedCopy Simplified(const StridedCopy& copy) {
  StridedCopy out = copy;
  out.rank = 0;
  for (int i = 0; i < copy.rank; ++i) {
    const Axis& axis = copy.axes[static_cast<size_t>(i)];
    if (axis.extent == 1) continue;
    if (out.rank > 0) {
      Axis& outer = out.axes[static_cast<size_t>(out.rank - 1)];
      if (outer.from == axis.from * axis.extent && outer.to == axis.to * axis.extent) {
        outer = {outer.extent * axis.extent, axis.from, axis.to};
        continue;
      }
    }
    out.Append(axis);
  }
  WidenElement(out);
  BringCloseAxisInward(out);
  return out;
}

void CopyStrided(const StridedCopy& copy, const void* input, void* output,
                 const Parallel& parallel) {
  if (copy.elements() <= 0 || copy.element_bytes == 0) return;
  const auto axis = [&](int i) -> const Axis& { return copy.axes[static_cast<size_t>(i)]; };
  Plane plane;
  if (copy.rank > 0) plane.columns = axis(copy.rank - 1);
  if (copy.rank > 1) plane.rows = axis(copy.rank - 2);
  int64_t planes = 1;
  for (int i = 0; i + 2 < copy.rank; ++i) planes *= axis(i).extent;
  const auto* from = static_cast<const std::byte*>(input) + copy.from_offset;
  auto* to = static_cast<std::byte*>(output) + copy.to_offset;
  // Tasks are ranges of rows over all planes.
  const int64_t height = plane.rows.extent;
  const int64_t piece = RowsOfTask(copy.element_bytes, plane);
  const PlaneCopy run(copy.element_bytes, plane);
  if (planes == 1 && height <= kFewRows && run.transposes()) {
    return ForEachPiece(plane.columns.extent, 1 << 14, parallel, [&](int64_t begin, int64_t count) {
      Plane part = plane;
      part.columns.extent = count;
      run(part, from + begin * plane.columns.from, to + begin * plane.columns.to);
    });
  }
  ForEachPiece(planes * height, piece, parallel, [&](int64_t begin, int64_t count) {
    PlaneWalk place(copy, begin / height);
    for (int64_t row = begin % height; count > 0; row = 0, place.Next()) {
      Plane part = plane;
      part.rows.extent = std::min(count, height - row);
      run(part, from + place.source + row * plane.rows.from,
          to + place.target + row * plane.rows.to);
      count -= part.rows.extent;
    }
  });
}

}  // namespace brink::kernels
