#include "brink/ops/segments.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "brink/ops/indices.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

using kernels::Reduction;

struct Segments {
  int64_t numbers = 1;
  int64_t slice = 1;  // elements
  int64_t segments = 0;
};

template <class T>
T Identity(Reduction reduction) {
  switch (reduction) {
    case Reduction::kSum:
      return 0;
    case Reduction::kProd:
      return 1;
    case Reduction::kMax:
      return std::numeric_limits<T>::lowest();
    default:
      return std::numeric_limits<T>::max();
  }
}

// a and b combined; integers wrap.
template <Reduction reduction, class T>
T Combine(T a, T b) {
  using Wide = std::conditional_t<
      std::is_floating_point_v<T>, T,
      std::make_unsigned_t<std::conditional_t<std::is_floating_point_v<T>, int32_t, T>>>;
  switch (reduction) {
    case Reduction::kSum:
      return static_cast<T>(static_cast<Wide>(a) + static_cast<Wide>(b));
    case Reduction::kProd:
      return static_cast<T>(static_cast<Wide>(a) * static_cast<Wide>(b));
    case Reduction::kMax:
      return std::max(a, b);
    default:
      return std::min(a, b);
  }
}

// Each reduction has a loop of its own, which the compiler makes vectors of.
template <Reduction reduction, class T>
Run SegmentRun(const Segments& s) {
  return [s](const Buffers& b) -> Status {
    T* output = b.out<T>(0);
    std::fill_n(output, s.segments * s.slice, Identity<T>(reduction));
    const int64_t slice = s.slice;
    for (int64_t i = 0; i < s.numbers; ++i) {
      const int64_t segment = b.in<int32_t>(1)[i];
      if (segment < 0) continue;
      if (segment >= s.segments) return IndexOutOfRange(segment, s.segments);
      T* to = output + segment * slice;
      const T* from = b.in<T>(0) + i * slice;
      for (int64_t k = 0; k < slice; ++k) to[k] = Combine<reduction>(to[k], from[k]);
    }
    return {};
  };
}

template <class T>
Run SegmentRun(Reduction reduction, const Segments& s) {
  switch (reduction) {
    case Reduction::kSum:
      return SegmentRun<Reduction::kSum, T>(s);
    case Reduction::kProd:
      return SegmentRun<Reduction::kProd, T>(s);
    case Reduction::kMax:
      return SegmentRun<Reduction::kMax, T>(s);
    default:
      return SegmentRun<Reduction::kMin, T>(s);
  }
}

}  // namespace

Result<Prepared> PrepareSegments(const NodeView& node, Reduction reduction, int64_t segments) {
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt32}));
  BRINK_TRY(node.CheckInputType(1, {Type::kInt32}));
  const Type type = node.input(0).type;
  BRINK_TRY(node.CheckOutputType(0, {type}));
  const Shape& data = node.input(0).shape;
  const Shape& numbers = node.input(1).shape;
  bool fits = numbers.rank() <= data.rank();
  for (int i = 0; fits && i < numbers.rank(); ++i) fits = numbers[i] == data[i];
  if (!fits) {
    return node.Invalid("numbers of shape " + numbers.ToString() + " for data of shape " +
                        data.ToString());
  }
  Segments s{.numbers = numbers.elements(), .segments = segments};
  std::vector<int64_t> dims = {segments};
  for (int i = numbers.rank(); i < data.rank(); ++i) {
    s.slice *= data[i];
    dims.push_back(data[i]);
  }
  const Result<Shape> output = Shape::Make(dims);
  if (!output) return node.Invalid(output.error().message);
  Prepared prepared{.shapes = {*output}, .kernel = "segments"};
  prepared.run =
      type == Type::kFloat32 ? SegmentRun<float>(reduction, s) : SegmentRun<int32_t>(reduction, s);
  return prepared;
}

Result<Prepared> PrepareUnsortedSegments(const NodeView& node, Reduction reduction) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  BRINK_ASSIGN(const std::vector<int64_t> counts, node.Integers(2));
  if (counts.size() != 1 || counts[0] < 0) return node.Invalid("input 2: wanted one number");
  return PrepareSegments(node, reduction, counts[0]);
}

}  // namespace brink::ops
