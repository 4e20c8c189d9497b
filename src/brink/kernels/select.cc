#include "brink/kernels/select.h"

#include <algorithm>
#include <type_traits>

#include "brink/kernels/pieces.h"

namespace brink::kernels {
namespace {

struct Pair64 {
  uint64_t low, high;
};

using Strides = std::array<int64_t, Shape::kMaxRank>;

Strides StridesIn(const Shape& output, const Shape& input) {
  Strides strides{};
  int64_t step = 1;
  for (int axis = input.rank() - 1; axis >= 0; --axis) {
    const auto at = static_cast<size_t>(output.rank() - input.rank() + axis);
    strides[at] = input[axis] == 1 ? 0 : step;
    step *= input[axis];
  }
  return strides;
}

int64_t Offset(const SelectProblem& p, const Strides& strides, int64_t row) {
  int64_t offset = 0;
  for (int axis = p.rank - 2; axis >= 0; --axis) {
    const auto at = static_cast<size_t>(axis);
    offset += row % p.extents[at] * strides[at];
    row /= p.extents[at];
  }
  return offset;
}

template <class T>
void SelectRows(const SelectProblem& p, const SelectArguments& arguments, RowRange rows) {
  const auto inner = static_cast<size_t>(p.rank - 1);
  const int64_t length = p.extents[inner];
  for (int64_t row = rows.first; row < rows.last; ++row) {
    const uint8_t* condition = arguments.condition + Offset(p, p.condition, row);
    const T* a = static_cast<const T*>(arguments.a) + Offset(p, p.a, row);
    const T* b = static_cast<const T*>(arguments.b) + Offset(p, p.b, row);
    T* output = static_cast<T*>(arguments.output) + row * length;
    for (int64_t i = 0; i < length; ++i) {
      output[i] = condition[i * p.condition[inner]] != 0 ? a[i * p.a[inner]] : b[i * p.b[inner]];
    }
  }
}

}  // namespace

SelectProblem MakeSelect(const Shape& output, const Shape& condition, const Shape& a,
                         const Shape& b, size_t element_bytes) {
  SelectProblem full{.condition = StridesIn(output, condition),
                     .a = StridesIn(output, a),
                     .b = StridesIn(output, b)};
  // Axes that continue each other in all three become one.
  SelectProblem p{.element_bytes = element_bytes};
  for (size_t axis = 0; axis < static_cast<size_t>(output.rank()); ++axis) {
    const int64_t extent = output[static_cast<int>(axis)];
    if (extent == 1) continue;
    const auto last = static_cast<size_t>(p.rank - 1);
    const auto continues = [&](const Strides& outer, const Strides& strides) {
      return outer[last] == strides[axis] * extent;
    };
    const bool merges = p.rank > 0 && continues(p.condition, full.condition) &&
                        continues(p.a, full.a) && continues(p.b, full.b);
    const auto at = merges ? last : static_cast<size_t>(p.rank++);
    p.extents[at] = merges ? p.extents[at] * extent : extent;
    p.condition[at] = full.condition[axis];
    p.a[at] = full.a[axis];
    p.b[at] = full.b[axis];
  }
  if (p.rank == 0) p.extents[static_cast<size_t>(p.rank++)] = 1;
  return p;
}

void Select(const SelectProblem& p, const SelectArguments& arguments, const Parallel& parallel) {
  int64_t rows = 1;
  for (int axis = 0; axis + 1 < p.rank; ++axis) rows *= p.extents[static_cast<size_t>(axis)];
  const int64_t length = p.extents[static_cast<size_t>(p.rank - 1)];
  const int64_t piece = std::max<int64_t>(1, (1 << 14) / std::max<int64_t>(1, length));
  ForEachPiece(rows, piece, parallel, [&](int64_t begin, int64_t count) {
    const RowRange range{begin, begin + count};
    switch (p.element_bytes) {
      case 1:
        return SelectRows<uint8_t>(p, arguments, range);
      case 2:
        return SelectRows<uint16_t>(p, arguments, range);
      case 4:
        return SelectRows<uint32_t>(p, arguments, range);
      case 8:
        return SelectRows<uint64_t>(p, arguments, range);
      default:
        return SelectRows<Pair64>(p, arguments, range);
    }
  });
}

}  // namespace brink::kernels
