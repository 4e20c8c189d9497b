#include "brink/kernels/broadcast.h"

#include <algorithm>
#include <cassert>

namespace brink::kernels {
namespace {

// The extent of `shape` at `axis` of a result with `rank` axes; missing leading axes are 1.
int64_t ExtentAt(const Shape& shape, int axis, int rank) {
  const int own = axis - (rank - shape.rank());
  return own < 0 ? 1 : shape[own];
}

}  // namespace

Result<Shape> BroadcastShape(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  Shape out;
  for (int axis = 0; axis < rank; ++axis) {
    const int64_t extent_a = ExtentAt(a, axis, rank);
    const int64_t extent_b = ExtentAt(b, axis, rank);
    if (extent_a != extent_b && extent_a != 1 && extent_b != 1) {
      return Fail(Code::kInvalidArgument,
                  "shapes " + a.ToString() + " and " + b.ToString() + " do not broadcast");
    }
    out.Append(extent_a == 1 ? extent_b : extent_a);
  }
  return out;
}

int64_t Broadcast::elements() const {
  int64_t count = 1;
  for (int axis = 0; axis < rank; ++axis) count *= extents[static_cast<size_t>(axis)];
  return count;
}

Broadcast MakeBroadcast(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  struct Axis {
    int64_t extent, a_stride, b_stride;
  };
  std::array<Axis, Shape::kMaxRank> axes{};
  int count = 0;  // axes[0] is the innermost
  int64_t a_step = 1;
  int64_t b_step = 1;
  for (int axis = rank - 1; axis >= 0; --axis) {
    const int64_t extent_a = ExtentAt(a, axis, rank);
    const int64_t extent_b = ExtentAt(b, axis, rank);
    assert(extent_a == extent_b || extent_a == 1 || extent_b == 1);
    const int64_t extent = extent_a == 1 ? extent_b : extent_a;
    if (extent == 1) continue;
    const Axis next{extent, extent_a == 1 ? 0 : a_step, extent_b == 1 ? 0 : b_step};
    a_step *= extent_a;
    b_step *= extent_b;
    if (count > 0) {
      Axis& last = axes[static_cast<size_t>(count - 1)];
      const bool merges = next.a_stride == last.a_stride * last.extent &&
                          next.b_stride == last.b_stride * last.extent;
      if (merges) {
        last.extent *= extent;
        continue;
      }
    }
    axes[static_cast<size_t>(count++)] = next;
  }
  Broadcast out;
  out.rank = std::max(count, 1);
  if (count == 0) axes[0] = {1, 0, 0};
  for (int i = 0; i < out.rank; ++i) {
    const Axis& axis = axes[static_cast<size_t>(out.rank - 1 - i)];
    const auto at = static_cast<size_t>(i);
    out.extents[at] = axis.extent;
    out.a_strides[at] = axis.a_stride;
    out.b_strides[at] = axis.b_stride;
  }
  return out;
}

}  // namespace brink::kernels
