// Moves a box of elements from one strided layout to another: TRANSPOSE, slices, reversals, tiles,
// space and depth, broadcasts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "brink/kernels/parallel.h"

namespace brink::kernels {

// A loop nest, outermost axis first. Strides and offsets count bytes; a source's stride may be 0
// (the element repeats) or negative (it is read backwards), a destination's places are all
// different.
struct StridedCopy {
  static constexpr int kMaxRank = 16;
  struct Axis {
    int64_t extent = 1;
    int64_t from = 0;
    int64_t to = 0;
  };

  size_t element_bytes = 4;  // any but 0
  int64_t from_offset = 0;
  int64_t to_offset = 0;
  int rank = 0;
  std::array<Axis, kMaxRank> axes{};

  void Append(Axis axis);  // rank < kMaxRank (asserted)
  int64_t elements() const;
};

// The same copy with as few axes as it has: extents of 1 are gone, axes that continue each other
// are one, and what lies together is one element.
StridedCopy Simplified(const StridedCopy& copy);

// input and output do not overlap. `copy` is quickest when simplified.
void CopyStrided(const StridedCopy& copy, const void* input, void* output,
                 const Parallel& parallel);

}  // namespace brink::kernels
