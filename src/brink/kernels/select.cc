#include "brink/kernels/select.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/select.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"

#ifndef BRINK_KERNELS_SELECT_RUN_
#define BRINK_KERNELS_SELECT_RUN_
namespace brink::kernels {

// Neighbours of the result. A step counts an input's elements: 0 or 1.
struct SelectRun {
  size_t element_bytes;
  SelectArguments at;
  int64_t condition_step;
  int64_t a_step;
  int64_t b_step;
  int64_t count;
};

struct Pair64 {
  uint64_t low, high;
};

}  // namespace brink::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
HWY_INLINE void SelectRest(const SelectRun& run, int64_t first) {
  const auto* a = static_cast<const T*>(run.at.a);
  const auto* b = static_cast<const T*>(run.at.b);
  auto* output = static_cast<T*>(run.at.output);
  for (int64_t i = first; i < run.count; ++i) {
    const bool takes_a = run.at.condition[i * run.condition_step] != 0;
    output[i] = takes_a ? a[i * run.a_step] : b[i * run.b_step];
  }
}

// By vectors, as no branch foresees what a condition of data says.
template <class T>
void SelectOf(const SelectRun& run) {
  const hn::ScalableTag<T> tag;
  const hn::Rebind<uint8_t, decltype(tag)> narrow;
  const auto step = static_cast<int64_t>(hn::Lanes(tag));
  const auto* a = static_cast<const T*>(run.at.a);
  const auto* b = static_cast<const T*>(run.at.b);
  auto* output = static_cast<T*>(run.at.output);
  int64_t i = 0;
  if (run.condition_step == 1 && run.count >= step) {
    const auto all_a = hn::Set(tag, *a);
    const auto all_b = hn::Set(tag, *b);
    for (; i + step <= run.count; i += step) {
      const auto bytes = hn::LoadU(narrow, run.at.condition + i);
      const auto takes_a = [&] {
        if constexpr (sizeof(T) == 1) {
          return hn::Ne(bytes, hn::Zero(narrow));
        } else {
          return hn::Ne(hn::PromoteTo(tag, bytes), hn::Zero(tag));
        }
      }();
      const auto from_a = run.a_step == 0 ? all_a : hn::LoadU(tag, a + i);
      const auto from_b = run.b_step == 0 ? all_b : hn::LoadU(tag, b + i);
      hn::StoreU(hn::IfThenElse(takes_a, from_a, from_b), tag, output + i);
    }
  }
  SelectRest<T>(run, i);
}

}  // namespace

void SelectNeighbours(const SelectRun& run) {
  switch (run.element_bytes) {
    case 1:
      return SelectOf<uint8_t>(run);
    case 2:
      return SelectOf<uint16_t>(run);
    case 4:
      return SelectOf<uint32_t>(run);
    case 8:
      return SelectRest<uint64_t>(run, 0);
    default:
      return SelectRest<Pair64>(run, 0);
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(SelectNeighbours);

using Strides = std::array<int64_t, Shape::kMaxRank>;

Strides StridesIn(const Shape& output, const Shape& input) {
  Strides strides{};
  int64_t step = 1;
  auto at = static_cast<size_t>(output.rank());
  for (int axis = input.rank() - 1; axis >= 0; --axis) {
    strides[--at] = input[axis] == 1 ? 0 : step;
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

// What is `elements` of `bytes` behind a pointer.
const void* Behind(const void* from, int64_t elements, size_t bytes) {
  return static_cast<const std::byte*>(from) + elements * static_cast<int64_t>(bytes);
}

// `count` of the result's elements from `first` of `row` on.
SelectRun RunOf(const SelectProblem& p, const SelectArguments& arguments, int64_t row,
                int64_t first, int64_t count) {
  const auto inner = static_cast<size_t>(p.rank - 1);
  const auto place = [&](const Strides& strides) {
    return Offset(p, strides, row) + first * strides[inner];
  };
  const size_t bytes = p.element_bytes;
  auto* output = static_cast<std::byte*>(arguments.output) +
                 (row * p.extents[inner] + first) * static_cast<int64_t>(bytes);
  return {.element_bytes = bytes,
          .at = {arguments.condition + place(p.condition), Behind(arguments.a, place(p.a), bytes),
                 Behind(arguments.b, place(p.b), bytes), output},
          .condition_step = p.condition[inner],
          .a_step = p.a[inner],
          .b_step = p.b[inner],
          .count = count};
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
  const auto run = BRINK_DISPATCH(SelectNeighbours);
  constexpr int64_t kPiece = 1 << 14;
  if (rows == 1) {
    ForEachPiece(length, kPiece, parallel,
                 [&](int64_t begin, int64_t count) { run(RunOf(p, arguments, 0, begin, count)); });
    return;
  }
  const int64_t piece = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, length));
  ForEachPiece(rows, piece, parallel, [&](int64_t begin, int64_t count) {
    for (int64_t row = begin; row < begin + count; ++row) run(RunOf(p, arguments, row, 0, length));
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
