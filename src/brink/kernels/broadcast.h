// How two tensors of different shapes meet in an elementwise operator.
#pragma once

#include <array>
#include <cstdint>

#include "brink/base/result.h"
#include "brink/tensor/shape.h"

namespace brink::kernels {

// The shape of the result: axes are aligned at the last one, an extent of 1 stretches. Fails with
// kInvalidArgument naming both shapes when they do not fit.
Result<Shape> BroadcastShape(const Shape& a, const Shape& b);

// A loop nest over the result, neighbouring axes merged where both inputs allow it. `rank` is at
// least 1; an input's stride is 0 along an axis where it stretches. Strides count elements; the
// innermost axis is the last, and its strides are 0 or 1.
struct Broadcast {
  int rank = 1;
  std::array<int64_t, Shape::kMaxRank> extents{};
  std::array<int64_t, Shape::kMaxRank> a_strides{};
  std::array<int64_t, Shape::kMaxRank> b_strides{};

  int64_t elements() const;
};

// The loop nest for shapes that BroadcastShape accepts.
Broadcast MakeBroadcast(const Shape& a, const Shape& b);

}  // namespace brink::kernels
