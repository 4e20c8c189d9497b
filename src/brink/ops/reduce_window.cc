// STABLEHLO_REDUCE_WINDOW: {window_dimensions, window_strides, base_dilations, window_dilations,
// padding, body_subgraph_index}: what windows over input 0, whose elements base_dilations set apart
// and padding surrounds, combine to; all that is added is input 1, with which each window begins.
// REDUCE_WINDOW: {reduce_function}; window, strides and dilations are inputs 2 to 4.
// Source: StableHLO specification, reduce_window.
#include <array>

#include "brink/ops/combining.h"
#include "brink/ops/movement.h"
#include "brink/ops/of_type.h"

namespace brink::ops {
namespace {

constexpr int64_t kMostExtent = int64_t{1} << 31;
constexpr int64_t kMostSteps = int64_t{1} << 46;

struct Axis {
  int64_t in = 0;
  int64_t out = 0;
  int64_t window = 1;
  int64_t stride = 1;
  int64_t base = 1;      // from one element to the next once they are set apart
  int64_t dilation = 1;  // of the window
  int64_t before = 0;    // added, or taken away, before the first element
  int64_t after = 0;
};

struct Windows {
  Combining combining = Combining::kAdd;
  int rank = 0;
  std::array<Axis, Shape::kMaxRank> axes;
};

using Place = std::array<int64_t, Shape::kMaxRank>;

// The next place in row-major order within `extent_of`; false: it was the last.
template <class ExtentOf>
bool Advance(const Windows& w, Place& place, ExtentOf extent_of) {
  for (int i = w.rank - 1; i >= 0; --i) {
    const auto axis = static_cast<size_t>(i);
    if (++place[axis] < extent_of(w.axes[axis])) return true;
    place[axis] = 0;
  }
  return false;
}

// The input's element that a window's element is; -1: none.
int64_t ElementAt(const Windows& w, const Place& out, const Place& in_window) {
  int64_t index = 0;
  for (size_t i = 0; i < static_cast<size_t>(w.rank); ++i) {
    const Axis& axis = w.axes[i];
    const int64_t at = out[i] * axis.stride + in_window[i] * axis.dilation - axis.before;
    if (at < 0 || at % axis.base != 0 || at / axis.base >= axis.in) return -1;
    index = index * axis.in + at / axis.base;
  }
  return index;
}

template <class T>
void Reduce(const Windows& w, const T* input, T first, T* output) {
  Place out{};
  do {
    T sum = first;
    Place in_window{};
    do {
      const int64_t index = ElementAt(w, out, in_window);
      sum = Combine(w.combining, sum, index < 0 ? first : input[index]);
    } while (Advance(w, in_window, [](const Axis& axis) { return axis.window; }));
    *output++ = sum;
  } while (Advance(w, out, [](const Axis& axis) { return axis.out; }));
}

Status CheckTypes(const NodeView& node) {
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16,
                                    Type::kInt32, Type::kInt64, Type::kBool}));
  BRINK_TRY(node.CheckInputType(1, {node.input(0).type}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_TRY(node.CheckRank(0, 1, Shape::kMaxRank));
  if (node.input(1).shape.elements() == 1) return {};
  return node.Invalid("input 1: wanted one value");
}

// Sets the axis's `out`.
Status PlaceWindows(const NodeView& node, Axis& axis) {
  for (const int64_t extent : {axis.window, axis.stride, axis.base, axis.dilation}) {
    if (extent < 1 || extent > kMostExtent)
      return node.Invalid("a window, stride or dilation of " + std::to_string(extent));
  }
  for (const int64_t added : {axis.before, axis.after}) {
    if (added < -kMostExtent || added > kMostExtent)
      return node.Invalid("a padding of " + std::to_string(added));
  }
  if (axis.in > kMostExtent) return node.Invalid("an axis of " + std::to_string(axis.in));
  const int64_t spread = axis.in == 0 ? 0 : (axis.in - 1) * axis.base + 1;
  const int64_t room = spread + axis.before + axis.after;
  const int64_t window = (axis.window - 1) * axis.dilation + 1;
  axis.out = room < window ? 0 : (room - window) / axis.stride + 1;
  return {};
}

Result<Prepared> PrepareWindows(const NodeView& node, Windows windows) {
  const Shape& input = node.input(0).shape;
  windows.rank = input.rank();
  Shape wanted = input;
  int64_t steps = 1;
  for (int i = 0; i < windows.rank; ++i) {
    Axis& axis = windows.axes[static_cast<size_t>(i)];
    axis.in = input[i];
    BRINK_TRY(PlaceWindows(node, axis));
    wanted[i] = axis.out;
    for (const int64_t extent : {axis.window, std::max<int64_t>(1, axis.out)}) {
      if (extent > kMostSteps / steps) return node.Invalid("windows of too many elements");
      steps *= extent;
    }
  }
  BRINK_ASSIGN(const Shape output, CheckedShape(node, wanted));
  Prepared prepared{.shapes = {output}, .kernel = "windows", .macs = steps};
  const bool is_empty = output.elements() == 0;
  prepared.run = OfType(node.input(0).type, [&]<class T>(T) -> Run {
    return [windows, is_empty](const Buffers& b) {
      if (!is_empty) Reduce<T>(windows, b.in<T>(0), *b.in<T>(1), b.out<T>(0));
    };
  });
  return prepared;
}

Status CheckCount(const NodeView& node, const std::string& what, size_t found, size_t wanted) {
  if (found == wanted) return {};
  return node.Invalid(what + " of " + std::to_string(found) + " numbers, wanted " +
                      std::to_string(wanted));
}

Result<Prepared> PrepareStablehlo(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(CheckTypes(node));
  const auto rank = static_cast<size_t>(node.input(0).shape.rank());
  Windows windows;
  constexpr std::array<int64_t Axis::*, 4> kMembers = {&Axis::window, &Axis::stride, &Axis::base,
                                                       &Axis::dilation};
  for (size_t field = 0; field < kMembers.size(); ++field) {
    const std::vector<int64_t> numbers = node.options.Int64s(static_cast<int>(field));
    if (numbers.empty() && field > 0) continue;  // all 1
    BRINK_TRY(CheckCount(node, "options field " + std::to_string(field), numbers.size(), rank));
    for (size_t i = 0; i < rank; ++i) windows.axes[i].*kMembers[field] = numbers[i];
  }
  const std::vector<int64_t> padding = node.options.Int64s(4);
  if (!padding.empty()) BRINK_TRY(CheckCount(node, "padding", padding.size(), 2 * rank));
  for (size_t i = 0; i < padding.size() / 2; ++i) {
    windows.axes[i].before = padding[2 * i];
    windows.axes[i].after = padding[2 * i + 1];
  }
  BRINK_ASSIGN(windows.combining, ReadCombining(node, 5, false));
  return PrepareWindows(node, windows);
}

Result<Prepared> PrepareOld(const NodeView& node) {
  // ReduceWindowFunction of schema.fbs, from 1 on.
  static constexpr Combining kFunctions[] = {Combining::kAdd,     Combining::kMultiply,
                                             Combining::kMinimum, Combining::kMaximum,
                                             Combining::kAnd,     Combining::kOr};
  BRINK_TRY(node.CheckCounts(5, 5, 1));
  BRINK_TRY(CheckTypes(node));
  const auto rank = static_cast<size_t>(node.input(0).shape.rank());
  Windows windows;
  constexpr std::array<int64_t Axis::*, 3> kMembers = {&Axis::window, &Axis::stride,
                                                       &Axis::dilation};
  for (size_t k = 0; k < kMembers.size(); ++k) {
    const int input = static_cast<int>(k) + 2;
    BRINK_ASSIGN(const std::vector<int64_t> numbers, node.Integers(input));
    BRINK_TRY(CheckCount(node, "input " + std::to_string(input), numbers.size(), rank));
    for (size_t i = 0; i < rank; ++i) windows.axes[i].*kMembers[k] = numbers[i];
  }
  const int32_t function = node.options.Int32(0);
  if (function < 1 || function > 6)
    return node.Unsupported("reduce_function " + std::to_string(function));
  windows.combining = kFunctions[function - 1];
  return PrepareWindows(node, windows);
}

}  // namespace

extern const OpDef kStablehloReduceWindow{.name = "STABLEHLO_REDUCE_WINDOW",
                                          .code = 198,
                                          .types = "f32 i8 u8 i16 i32 i64 bool",
                                          .kernels = "windows",
                                          .prepare = PrepareStablehlo};
extern const OpDef kReduceWindow{.name = "REDUCE_WINDOW",
                                 .code = 205,
                                 .types = "f32 i8 u8 i16 i32 i64 bool",
                                 .kernels = "windows",
                                 .prepare = PrepareOld};

}  // namespace brink::ops
