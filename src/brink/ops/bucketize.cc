// BUCKETIZE: {boundaries}. How many boundaries are not above each element.
#include <algorithm>

#include "brink/ops/op.h"

namespace brink::ops {
namespace {

template <class T>
Run BucketRun(const std::vector<float>& boundaries, int64_t count) {
  return [boundaries, count](const Buffers& b) {
    for (int64_t i = 0; i < count; ++i) {
      const auto above = std::upper_bound(
          boundaries.begin(), boundaries.end(), b.in<T>(0)[i], [](T value, float boundary) {
            return static_cast<double>(value) < static_cast<double>(boundary);
          });
      b.out<int32_t>(0)[i] = static_cast<int32_t>(above - boundaries.begin());
    }
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kFloat64, Type::kInt32, Type::kInt64}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt32}));
  const std::vector<float> boundaries = node.options.Floats(0);
  if (!std::is_sorted(boundaries.begin(), boundaries.end()))
    return node.Invalid("boundaries that do not ascend");
  const Shape& shape = node.input(0).shape;
  const int64_t count = shape.elements();
  Prepared prepared{.shapes = {shape}, .kernel = "binary search"};
  switch (node.input(0).type) {
    case Type::kFloat32:
      prepared.run = BucketRun<float>(boundaries, count);
      break;
    case Type::kFloat64:
      prepared.run = BucketRun<double>(boundaries, count);
      break;
    case Type::kInt32:
      prepared.run = BucketRun<int32_t>(boundaries, count);
      break;
    default:
      prepared.run = BucketRun<int64_t>(boundaries, count);
      break;
  }
  return prepared;
}

}  // namespace

extern const OpDef kBucketize{.name = "BUCKETIZE",
                              .code = 147,
                              .max_version = 1,
                              .types = "f32 f64 i32 i64",
                              .kernels = "binary search",
                              .prepare = Prepare};

}  // namespace brink::ops
