// GATHER_ND: input 1 is [..., k], each k numbers the place of a slice in the first k axes of input
// 0.
#include <cstring>

#include "brink/ops/indices.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

struct GatherNd {
  Shape input;
  std::array<int64_t, Shape::kMaxRank> strides{};
  int64_t count = 1;  // of slices
  int depth = 0;      // k
  int64_t slice_bytes = 0;
  Type index_type = Type::kInt32;

  Status operator()(const Buffers& b) const {
    for (int64_t i = 0; i < count; ++i) {
      int64_t offset = 0;
      for (int axis = 0; axis < depth; ++axis) {
        const int64_t index = IndexAt(index_type, b.inputs[1], i * depth + axis);
        if (index < 0 || index >= input[axis]) return IndexOutOfRange(index, input[axis]);
        offset += index * strides[static_cast<size_t>(axis)];
      }
      if (slice_bytes > 0) {
        std::memcpy(b.outputs[0] + i * slice_bytes, b.inputs[0] + offset,
                    static_cast<size_t>(slice_bytes));
      }
    }
    return {};
  }
};

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(1, {Type::kInt32, Type::kInt64, Type::kInt16}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_TRY(node.CheckRank(0, 1, Shape::kMaxRank));
  BRINK_TRY(node.CheckRank(1, 1, Shape::kMaxRank));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  const Shape& input = node.input(0).shape;
  const Shape& indices = node.input(1).shape;
  const int64_t depth = indices[indices.rank() - 1];
  if (depth > input.rank()) {
    return node.Invalid("input 1: " + std::to_string(depth) + " indices for " +
                        std::to_string(input.rank()) + " dimensions");
  }
  GatherNd gather{.input = input,
                  .strides = ByteStrides(input, bytes),
                  .depth = static_cast<int>(depth),
                  .slice_bytes = static_cast<int64_t>(bytes),
                  .index_type = node.input(1).type};
  std::vector<int64_t> dims;
  for (int i = 0; i + 1 < indices.rank(); ++i) {
    gather.count *= indices[i];
    dims.push_back(indices[i]);
  }
  for (int i = gather.depth; i < input.rank(); ++i) {
    gather.slice_bytes *= input[i];
    dims.push_back(input[i]);
  }
  const Result<Shape> output = Shape::Make(dims);
  if (!output) return node.Invalid(output.error().message);
  return Prepared{.shapes = {*output}, .kernel = "copy", .run = gather};
}

}  // namespace

extern const OpDef kGatherNd{.name = "GATHER_ND",
                             .code = 107,
                             .max_version = 6,
                             .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                             .kernels = "copy",
                             .prepare = Prepare};

}  // namespace brink::ops
