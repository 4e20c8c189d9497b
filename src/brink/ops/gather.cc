// GATHER: {axis, batch_dims}. Slices of input 0 along the axis, in the order of the indices that
// input 1 holds; the first batch_dims axes are common to both.
#include <algorithm>
#include <string>

#include "brink/ops/indices.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

// Input 0 is [batches, outer, extent, slice], input 1 [batches, count]. T is an element, or a part
// of one.
template <class T>
struct Gather {
  int64_t batches = 1;
  int64_t outer = 1;
  int64_t extent = 1;
  int64_t count = 1;
  int64_t slice = 1;  // of T
  Type index_type = Type::kInt32;

  Status operator()(const Buffers& b) const {
    T* to = b.out<T>(0);
    const std::byte* indices = b.inputs[1];
    for (int64_t batch = 0; batch < batches; ++batch) {
      for (int64_t i = 0; i < count; ++i) {
        const int64_t index = IndexAt(index_type, indices, batch * count + i);
        if (index < 0 || index >= extent) return IndexOutOfRange(index, extent);
      }
      for (int64_t row = batch * outer; row < (batch + 1) * outer; ++row) {
        for (int64_t i = 0; i < count; ++i) {
          const int64_t index = IndexAt(index_type, indices, batch * count + i);
          const T* from = b.in<T>(0) + (row * extent + index) * slice;
          if (slice == 1) {  // without the call that copies longer ones
            *to++ = *from;
          } else {
            to = std::copy_n(from, slice, to);
          }
        }
      }
    }
    return {};
  }
};

// `element` of T make an element of input 0.
template <class T>
Result<Prepared> PrepareFor(const NodeView& node, int64_t element) {
  const Shape& input = node.input(0).shape;
  const Shape& indices = node.input(1).shape;
  BRINK_ASSIGN(const int axis, node.Axis(node.options.Int32(0), input.rank()));
  int batch_dims = node.options.Int32(1);
  if (batch_dims < 0) batch_dims += indices.rank();
  bool fits = batch_dims >= 0 && batch_dims <= axis && batch_dims <= indices.rank();
  for (int i = 0; fits && i < batch_dims; ++i) fits = input[i] == indices[i];
  if (!fits) {
    return node.Invalid("the first " + std::to_string(batch_dims) + " axes of " + input.ToString() +
                        " and " + indices.ToString() + " are not the same");
  }
  Gather<T> gather{.extent = input[axis], .slice = element, .index_type = node.input(1).type};
  std::vector<int64_t> dims;
  for (int i = 0; i < axis; ++i) {
    (i < batch_dims ? gather.batches : gather.outer) *= input[i];
    dims.push_back(input[i]);
  }
  for (int i = batch_dims; i < indices.rank(); ++i) {
    gather.count *= indices[i];
    dims.push_back(indices[i]);
  }
  for (int i = axis + 1; i < input.rank(); ++i) {
    gather.slice *= input[i];
    dims.push_back(input[i]);
  }
  const Result<Shape> output = Shape::Make(dims);
  if (!output) return node.Invalid(output.error().message);
  if (output->elements() == 0) gather.outer = 0;
  return Prepared{.shapes = {*output}, .kernel = "copy", .run = gather};
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(1, {Type::kInt32, Type::kInt64, Type::kInt16}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  if (node.input(0).type == Type::kString) return PrepareFor<std::string>(node, 1);
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  switch (bytes) {
    case 2:
      return PrepareFor<uint16_t>(node, 1);
    case 4:
      return PrepareFor<uint32_t>(node, 1);
    case 8:
      return PrepareFor<uint64_t>(node, 1);
    default:
      return PrepareFor<uint8_t>(node, static_cast<int64_t>(bytes));
  }
}

}  // namespace

extern const OpDef kGather{.name = "GATHER",
                           .code = 36,
                           .max_version = 8,
                           .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64 string",
                           .kernels = "copy",
                           .prepare = Prepare};

}  // namespace brink::ops
