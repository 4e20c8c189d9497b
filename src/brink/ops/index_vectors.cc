#include "brink/ops/index_vectors.h"

#include <algorithm>

#include "brink/ops/indices.h"

namespace brink::ops {

int64_t IndexVectors::count() const {
  int64_t product = 1;
  for (const int64_t extent : batch) product *= extent;
  return product;
}

int64_t IndexVectors::At(const std::byte* indices, int64_t number, int64_t i) const {
  const int64_t outer = number / inner;
  return IndexAt(type, indices, (outer * length + i) * inner + number % inner);
}

Result<IndexVectors> ReadIndexVectors(const NodeView& node, int i, int64_t vector_axis) {
  BRINK_TRY(node.CheckInputType(i, {Type::kInt32, Type::kInt64}));
  const Shape& shape = node.input(i).shape;
  if (vector_axis < 0 || vector_axis > shape.rank()) {
    return node.Invalid("index_vector_dim " + std::to_string(vector_axis) +
                        " of indices of shape " + shape.ToString());
  }
  IndexVectors vectors{.type = node.input(i).type, .batch = {}};
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (axis == vector_axis) {
      vectors.length = shape[axis];
      continue;
    }
    vectors.batch.push_back(shape[axis]);
    if (axis > vector_axis) vectors.inner *= shape[axis];
  }
  return vectors;
}

Result<std::vector<int>> ReadAxes(const NodeView& node, int field, std::string_view name, int rank,
                                  bool rises) {
  std::vector<int> axes;
  for (const int64_t axis : node.options.Int64s(field)) {
    const bool in_range = axis >= 0 && axis < rank;
    const auto number = static_cast<int>(in_range ? axis : -1);
    const bool is_new = std::find(axes.begin(), axes.end(), number) == axes.end();
    if (!in_range || !is_new || (rises && !axes.empty() && number < axes.back())) {
      return node.Invalid(std::string(name) + ": axis " + std::to_string(axis) + " of " +
                          std::to_string(rank) + ", wanted each at most once" +
                          (rises ? " in rising order" : ""));
    }
    axes.push_back(number);
  }
  return axes;
}

}  // namespace brink::ops
