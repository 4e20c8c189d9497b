// REVERSE_SEQUENCE: {seq_dim, batch_dim}. Of each batch the first elements along seq_dim come
// backwards, as many as input 1 says.
#include <algorithm>
#include <cstring>

#include "brink/ops/indices.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

struct Reversal {
  Shape shape;
  int sequence = 0;
  int batch = 0;
  std::array<int64_t, Shape::kMaxRank> strides{};
  size_t bytes = 0;  // of a run that stays together
  int64_t runs = 0;
  int rank = 0;  // axes outside of a run
  Type length_type = Type::kInt32;

  Status operator()(const Buffers& b) const {
    for (int64_t i = 0; i < shape[batch]; ++i) {
      const int64_t length = IndexAt(length_type, b.inputs[1], i);
      if (length < 0 || length > shape[sequence]) {
        return Fail(Code::kInvalidArgument, "input 1: a length of " + std::to_string(length) +
                                                " of an axis of " +
                                                std::to_string(shape[sequence]));
      }
    }
    for (int64_t run = 0; run < runs; ++run) {
      std::array<int64_t, Shape::kMaxRank> index{};
      int64_t rest = run;
      for (int axis = rank - 1; axis >= 0; --axis) {
        index[static_cast<size_t>(axis)] = rest % shape[axis];
        rest /= shape[axis];
      }
      const int64_t at = index[static_cast<size_t>(sequence)];
      const int64_t length = IndexAt(length_type, b.inputs[1], index[static_cast<size_t>(batch)]);
      const int64_t shift = at < length ? length - 1 - at - at : 0;
      const auto to = run * static_cast<int64_t>(bytes);
      std::memcpy(b.outputs[0] + to,
                  b.inputs[0] + to + shift * strides[static_cast<size_t>(sequence)], bytes);
    }
    return {};
  }
};

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(1, {Type::kInt32, Type::kInt64}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  const Shape& shape = node.input(0).shape;
  const int sequence = node.options.Int32(0);
  const int batch = node.options.Int32(1);
  const bool inside = sequence >= 0 && sequence < shape.rank() && batch >= 0 &&
                      batch < shape.rank() && sequence != batch;
  if (!inside) {
    return node.Invalid("sequence axis " + std::to_string(sequence) + " and batch axis " +
                        std::to_string(batch) + " of " + shape.ToString());
  }
  if (node.input(1).shape.rank() != 1 || node.input(1).shape[0] != shape[batch])
    return node.Invalid("input 1: wanted " + std::to_string(shape[batch]) + " lengths");
  Reversal reversal{.shape = shape,
                    .sequence = sequence,
                    .batch = batch,
                    .strides = ByteStrides(shape, bytes),
                    .rank = std::max(sequence, batch) + 1,
                    .length_type = node.input(1).type};
  reversal.bytes = static_cast<size_t>(reversal.strides[static_cast<size_t>(reversal.rank - 1)]);
  reversal.runs =
      reversal.bytes == 0 ? 0 : node.input(0).bytes() / static_cast<int64_t>(reversal.bytes);
  return Prepared{.shapes = {shape}, .kernel = "copy", .run = reversal};
}

}  // namespace

extern const OpDef kReverseSequence{.name = "REVERSE_SEQUENCE",
                                    .code = 112,
                                    .max_version = 1,
                                    .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                    .kernels = "copy",
                                    .prepare = Prepare};

}  // namespace brink::ops
