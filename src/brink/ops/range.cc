// RANGE: start, limit and step are inputs 0 to 2; the elements before the limit.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "brink/ops/op.h"

namespace brink::ops {
namespace {

// How many steps lie before the limit; fails where none ever reaches it.
template <class T>
Result<double> Count(const NodeView& node) {
  const T start = node.input(0).as<T>()[0];
  const T limit = node.input(1).as<T>()[0];
  const T step = node.input(2).as<T>()[0];
  if (step == 0) return node.Invalid("a step of 0");
  const double distance = static_cast<double>(limit) - static_cast<double>(start);
  const double count = std::ceil(distance / static_cast<double>(step));
  if (!(count < 0x1p46)) return node.Invalid("a range without end");
  return std::max(0.0, count);
}

template <class T>
Run FillRun(int64_t count) {
  return [count](const Buffers& b) {
    const T start = *b.in<T>(0);
    const T step = *b.in<T>(2);
    if constexpr (std::is_floating_point_v<T>) {
      T value = start;  // rounded after each step, as TFLite does
      for (int64_t i = 0; i < count; ++i, value += step) b.out<T>(0)[i] = value;
    } else {
      for (int64_t i = 0; i < count; ++i) {
        b.out<T>(0)[i] = static_cast<T>(static_cast<uint64_t>(start) +
                                        static_cast<uint64_t>(i) * static_cast<uint64_t>(step));
      }
    }
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt32, Type::kInt64}));
  const Type type = node.input(0).type;
  BRINK_TRY(node.CheckOutputType(0, {type}));
  for (int i = 0; i < 3; ++i) {
    BRINK_TRY(node.CheckInputType(i, {type}));
    BRINK_TRY(node.CheckConstant(i));
    if (node.input(i).shape.elements() != 1)
      return node.Invalid("input " + std::to_string(i) + ": wanted one number");
  }
  const Result<double> found = type == Type::kFloat32 ? Count<float>(node)
                               : type == Type::kInt32 ? Count<int32_t>(node)
                                                      : Count<int64_t>(node);
  BRINK_ASSIGN(const double steps, found);
  const auto count = static_cast<int64_t>(steps);
  return Prepared{.shapes = {{count}},
                  .kernel = "count",
                  .run = type == Type::kFloat32 ? FillRun<float>(count)
                         : type == Type::kInt32 ? FillRun<int32_t>(count)
                                                : FillRun<int64_t>(count)};
}

}  // namespace

extern const OpDef kRange{.name = "RANGE",
                          .code = 96,
                          .max_version = 2,
                          .types = "f32 i32",
                          .kernels = "count",
                          .prepare = Prepare};

}  // namespace brink::ops
