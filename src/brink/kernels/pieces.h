// How elementwise work is cut into tasks. Only for this room's sources.
#pragma once

#include <algorithm>
#include <cstdint>

#include "brink/kernels/broadcast.h"
#include "brink/kernels/parallel.h"

namespace brink::kernels {

// Calls body(begin, count) over [0, count) in pieces of `piece` elements.
template <class Body>
void ForEachPiece(int64_t count, int64_t piece, const Parallel& parallel, Body body) {
  if (count <= 0) return;
  // An int holds the number of tasks whatever the count is.
  const int64_t size = std::max(piece, (count >> 20) + 1);
  const auto tasks = static_cast<int>((count + size - 1) / size);
  parallel.For(tasks, [&](int task, int) {
    const int64_t begin = size * task;
    body(begin, std::min(size, count - begin));
  });
}

struct RowRange {
  int64_t first = 0;
  int64_t last = 0;
};

struct PairOffset {
  int64_t a = 0;
  int64_t b = 0;
  int64_t output = 0;
};

// Where the inputs' row `index` starts; rows are counted over all axes but the innermost.
inline PairOffset OffsetOfRow(const Broadcast& broadcast, int64_t index) {
  PairOffset at;
  for (int axis = broadcast.rank - 2; axis > 0; --axis) {
    const auto i = static_cast<size_t>(axis);
    const int64_t here = index % broadcast.extents[i];
    index /= broadcast.extents[i];
    at.a += here * broadcast.a_strides[i];
    at.b += here * broadcast.b_strides[i];
  }
  if (broadcast.rank > 1) {  // the outermost axis needs no division
    at.a += index * broadcast.a_strides[0];
    at.b += index * broadcast.b_strides[0];
  }
  return at;
}

// Calls body(part, offset, rows) so that together all elements are covered, about `piece` each: a
// single row is cut along its length, others by rows.
template <class Body>
void ForEachRowPiece(const Broadcast& broadcast, int64_t piece, const Parallel& parallel,
                     Body body) {
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  const int64_t length = broadcast.extents[inner];
  const int64_t elements = broadcast.elements();
  if (elements == 0) return;
  if (broadcast.rank == 1) {
    ForEachPiece(length, piece, parallel, [&](int64_t begin, int64_t count) {
      Broadcast part = broadcast;
      part.extents[0] = count;
      body(part, PairOffset{begin * part.a_strides[0], begin * part.b_strides[0], begin},
           RowRange{0, 1});
    });
    return;
  }
  const int64_t rows = std::max<int64_t>(1, piece / length);
  ForEachPiece(elements / length, rows, parallel, [&](int64_t begin, int64_t count) {
    body(broadcast, PairOffset{}, RowRange{begin, begin + count});
  });
}

}  // namespace brink::kernels
