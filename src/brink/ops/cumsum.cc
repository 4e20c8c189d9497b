// CUMSUM: sums of all elements up to each along the axis that input 1 names; {exclusive: without
// the element itself, reverse: from the end}.
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

// [outer, extent, inner]
struct Sums {
  int64_t outer = 1;
  int64_t extent = 1;
  int64_t inner = 1;
  bool exclusive = false;
  bool reverse = false;
};

template <class T, class Wide>
Run SumRun(const Sums& s) {
  return [s](const Buffers& b) {
    const T* in = b.in<T>(0);
    T* out = b.out<T>(0);
    for (int64_t row = 0; row < s.outer * s.inner; ++row) {
      const int64_t first = row / s.inner * s.extent * s.inner + row % s.inner;
      Wide sum = 0;
      for (int64_t i = 0; i < s.extent; ++i) {
        const int64_t at = first + (s.reverse ? s.extent - 1 - i : i) * s.inner;
        const Wide before = sum;
        sum += static_cast<Wide>(in[at]);
        out[at] = static_cast<T>(s.exclusive ? before : sum);
      }
    }
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt32, Type::kInt64}));
  const Type type = node.input(0).type;
  BRINK_TRY(node.CheckOutputType(0, {type}));
  BRINK_ASSIGN(const std::vector<int64_t> axes, node.Integers(1));
  if (axes.size() != 1) return node.Invalid("input 1: wanted one axis");
  const Shape& shape = node.input(0).shape;
  BRINK_ASSIGN(const int axis, node.Axis(axes[0], shape.rank()));
  Sums sums{
      .extent = shape[axis], .exclusive = node.options.Bool(0), .reverse = node.options.Bool(1)};
  for (int i = 0; i < shape.rank(); ++i) {
    if (i != axis) (i < axis ? sums.outer : sums.inner) *= shape[i];
  }
  // Integers wrap.
  return Prepared{.shapes = {shape},
                  .kernel = "scan",
                  .run = type == Type::kFloat32 ? SumRun<float, float>(sums)
                         : type == Type::kInt32 ? SumRun<int32_t, uint32_t>(sums)
                                                : SumRun<int64_t, uint64_t>(sums)};
}

}  // namespace

extern const OpDef kCumsum{.name = "CUMSUM",
                           .code = 128,
                           .max_version = 1,
                           .types = "f32 i32 i64",
                           .kernels = "scan",
                           .prepare = Prepare};

}  // namespace brink::ops
