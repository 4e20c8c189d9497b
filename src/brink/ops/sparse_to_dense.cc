// SPARSE_TO_DENSE: a tensor of the default value (input 3) and the shape of input 1 with values
// (input 2) at places (input 0): [count, rank], [count] of a vector, or one of a scalar.
#include <cstring>

#include "brink/kernels/copy.h"
#include "brink/ops/indices.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

struct Scatter {
  Shape output;
  std::array<int64_t, Shape::kMaxRank> strides{};
  size_t bytes = 0;
  int64_t count = 1;
  bool one_value = false;  // for all places
  Type index_type = Type::kInt32;

  Status operator()(const Buffers& b) const {
    kernels::FillElements(b.inputs[3], bytes, output.elements(), b.outputs[0], b.parallel);
    const int rank = output.rank();
    for (int64_t i = 0; i < count; ++i) {
      int64_t to = 0;
      for (int axis = 0; axis < rank; ++axis) {
        const int64_t index = IndexAt(index_type, b.inputs[0], i * rank + axis);
        if (index < 0 || index >= output[axis]) return IndexOutOfRange(index, output[axis]);
        to += index * strides[static_cast<size_t>(axis)];
      }
      const std::byte* from = b.inputs[2] + (one_value ? 0 : static_cast<size_t>(i) * bytes);
      std::memcpy(b.outputs[0] + to, from, bytes);
    }
    return {};
  }
};

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(4, 4, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kInt32, Type::kInt64}));
  const Type type = node.input(2).type;
  BRINK_TRY(node.CheckInputType(3, {type}));
  BRINK_TRY(node.CheckOutputType(0, {type}));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(2)));
  BRINK_ASSIGN(const std::vector<int64_t> dims, node.Integers(1));
  const Result<Shape> output = Shape::Make(dims);
  if (!output || !output->known())
    return node.Invalid("input 1: " + (output ? "an extent of -1" : output.error().message));
  const Shape& indices = node.input(0).shape;
  Scatter scatter{.output = *output,
                  .strides = ByteStrides(*output, bytes),
                  .bytes = bytes,
                  .count = indices.rank() == 0 ? 1 : indices[0],
                  .one_value = node.input(2).shape.elements() == 1,
                  .index_type = node.input(0).type};
  const int64_t depth = indices.rank() == 2 ? indices[1] : 1;
  if (indices.rank() > 2 || depth != output->rank()) {
    return node.Invalid("input 0: places of shape " + indices.ToString() + " in " +
                        output->ToString());
  }
  if (!scatter.one_value && node.input(2).shape.elements() != scatter.count) {
    return node.Invalid(std::to_string(node.input(2).shape.elements()) + " values for " +
                        std::to_string(scatter.count) + " places");
  }
  if (node.input(3).shape.elements() != 1) return node.Invalid("input 3: wanted one value");
  return Prepared{.shapes = {*output}, .kernel = "copy", .run = scatter};
}

}  // namespace

extern const OpDef kSparseToDense{.name = "SPARSE_TO_DENSE",
                                  .code = 68,
                                  .max_version = 3,
                                  .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                  .kernels = "copy",
                                  .prepare = Prepare};

}  // namespace brink::ops
