// Transposes of a plane whose elements lie together along one axis in the source and along the
// other in the destination. Only for this room's sources.
#pragma once

#include <cstddef>
#include <cstdint>

namespace brink::kernels {

// [rows, columns]. The source lies together along the rows' axis, the destination along the
// columns': strides, in bytes, are those of the other axis.
struct TransposedPlane {
  size_t element_bytes = 4;
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t from_stride = 0;  // from column to column
  int64_t to_stride = 0;    // from row to row
};

// Both extents that a plane needs at least to be transposed; 0 where such elements cannot be.
int64_t TransposedTile(size_t element_bytes);

// Element [row, column] of `to` becomes element [column, row] of `from`; they do not overlap.
using TransposeFunction = void (*)(const TransposedPlane& plane, const std::byte* from,
                                   std::byte* to);
TransposeFunction ChooseTranspose();

}  // namespace brink::kernels
