// DENSIFY: a sparse constant (SparsityParameters of schema.fbs) with its zeros. The reader has
// checked that levels, segments and indices fit the shape.
#include <cstring>
#include <vector>

#include "brink/ops/op.h"

namespace brink::ops {
namespace {

// Walks the levels in the order in which the values are stored.
class Expander {
 public:
  Expander(const model::Sparsity& sparsity, const Shape& shape, size_t element_bytes)
      : sparsity_(sparsity), element_bytes_(element_bytes) {
    strides_.assign(sparsity.dimensions.size(), 0);
    const int rank = shape.rank();
    std::vector<int64_t> outer(static_cast<size_t>(rank), 1);  // elements that one place spans
    int64_t elements = 1;
    for (int axis = rank - 1; axis >= 0; --axis) {
      outer[static_cast<size_t>(axis)] = elements;
      elements *= shape[axis];
    }
    for (size_t level = 0; level < sparsity.dimensions.size(); ++level) {
      const auto dimension = static_cast<size_t>(sparsity.traversal_order[level]);
      if (dimension < static_cast<size_t>(rank)) {
        strides_[level] = outer[dimension] * BlockExtent(dimension, rank);
      } else {
        strides_[level] =
            outer[static_cast<size_t>(sparsity.block_map[dimension - static_cast<size_t>(rank)])];
      }
    }
  }

  void Run(const std::byte* values, std::byte* dense) {
    values_ = values;
    dense_ = dense;
    Walk(0, 0, 0);
  }

 private:
  // The size of the block that dimension `dimension` is cut into; 1 where it is not.
  int64_t BlockExtent(size_t dimension, int rank) const {
    for (size_t block = 0; block < sparsity_.block_map.size(); ++block) {
      if (static_cast<size_t>(sparsity_.block_map[block]) != dimension) continue;
      for (size_t level = 0; level < sparsity_.dimensions.size(); ++level) {
        if (sparsity_.traversal_order[level] == rank + static_cast<int>(block))
          return sparsity_.dimensions[level].dense_size;
      }
    }
    return 1;
  }

  // `position`: which slice of this level, in storage order; `offset`: elements into the dense one.
  void Walk(size_t level, int64_t position, int64_t offset) {
    if (level == sparsity_.dimensions.size()) {
      std::memcpy(dense_ + static_cast<size_t>(offset) * element_bytes_,
                  values_ + static_cast<size_t>(position) * element_bytes_, element_bytes_);
      return;
    }
    const auto& dimension = sparsity_.dimensions[level];
    if (!dimension.sparse) {
      for (int64_t i = 0; i < dimension.dense_size; ++i)
        Walk(level + 1, position * dimension.dense_size + i, offset + i * strides_[level]);
      return;
    }
    const auto slice = static_cast<size_t>(position);
    for (int32_t i = dimension.segments[slice]; i < dimension.segments[slice + 1]; ++i)
      Walk(level + 1, i, offset + dimension.indices[static_cast<size_t>(i)] * strides_[level]);
  }

  const model::Sparsity& sparsity_;
  size_t element_bytes_;
  std::vector<int64_t> strides_;  // of each level, in elements of the dense tensor
  const std::byte* values_ = nullptr;
  std::byte* dense_ = nullptr;
};

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  const Value& input = node.input(0);
  BRINK_TRY(node.CheckOutputType(0, {input.type}));
  BRINK_TRY(node.CheckConstant(0));
  if (input.sparsity == nullptr) return node.Invalid("input 0 is not sparse");
  if (TypeBits(input.type) < 8) return node.Unsupported("elements of less than a byte");
  const auto element_bytes = static_cast<size_t>(TypeBits(input.type)) / 8;
  const size_t bytes = static_cast<size_t>(input.shape.elements()) * element_bytes;
  return Prepared{.shapes = {input.shape},
                  .kernel = "copy",
                  .run = [sparsity = input.sparsity, shape = input.shape, element_bytes,
                          bytes](const Buffers& b) {
                    std::memset(b.outputs[0], 0, bytes);
                    Expander(*sparsity, shape, element_bytes).Run(b.inputs[0], b.outputs[0]);
                  }};
}

}  // namespace

extern const OpDef kDensify{.name = "DENSIFY",
                            .code = 124,
                            .max_version = 1,
                            .reads_sparse = true,
                            .is_late = true,
                            .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                            .kernels = "copy",
                            .prepare = Prepare};

}  // namespace brink::ops
