// EMBEDDING_LOOKUP: rows of input 1 in the order of the indices that input 0 holds; rows of 4 or 8
// bits may come out as float32, with a scale for all or for each.
#include <cstring>

#include "brink/kernels/convert.h"
#include "brink/ops/indices.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

struct Lookup {
  int64_t count = 0;
  int64_t rows = 0;
  int64_t row = 0;  // elements
};

// A row of the weights as they are.
Run CopyRun(const Lookup& lookup, size_t element_bytes) {
  const int64_t bytes = lookup.row * static_cast<int64_t>(element_bytes);
  return [lookup, bytes](const Buffers& b) -> Status {
    for (int64_t i = 0; i < lookup.count; ++i) {
      const int64_t index = b.in<int32_t>(0)[i];
      if (index < 0 || index >= lookup.rows) return IndexOutOfRange(index, lookup.rows);
      if (bytes > 0) {
        std::memcpy(b.outputs[0] + i * bytes, b.inputs[1] + index * bytes,
                    static_cast<size_t>(bytes));
      }
    }
    return {};
  };
}

Run ScaledRun(const Lookup& lookup, Type type, const QuantizationView& q) {
  return [lookup, type, q](const Buffers& b) -> Status {
    const int64_t row_bytes = PackedBytes(type, lookup.row);
    for (int64_t i = 0; i < lookup.count; ++i) {
      const int64_t index = b.in<int32_t>(0)[i];
      if (index < 0 || index >= lookup.rows) return IndexOutOfRange(index, lookup.rows);
      const size_t which = q.per_channel() ? static_cast<size_t>(index) : 0;
      const kernels::Affine affine{q.scale[which], static_cast<int32_t>(q.zero_point[which])};
      kernels::Dequantize(type, affine, b.inputs[1] + index * row_bytes,
                          b.out<float>(0) + i * lookup.row, lookup.row, {});
    }
    return {};
  };
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kInt32}));
  BRINK_TRY(node.CheckRank(0, 1, 1));
  BRINK_TRY(node.CheckRank(1, 2, Shape::kMaxRank));
  const Value& weights = node.input(1);
  Lookup lookup{.count = node.input(0).shape[0], .rows = weights.shape[0], .row = 1};
  Shape wanted = weights.shape;
  for (int i = 1; i < wanted.rank(); ++i) lookup.row *= wanted[i];
  wanted[0] = lookup.count;
  BRINK_ASSIGN(const Shape output, CheckedShape(node, wanted));
  Prepared prepared{.shapes = {output}};
  if (weights.type == node.output(0).type) {
    BRINK_ASSIGN(const size_t bytes, ElementBytes(node, weights));
    prepared.kernel = "copy";
    prepared.run = CopyRun(lookup, bytes);
    return prepared;
  }
  BRINK_TRY(node.CheckInputType(1, {Type::kInt8, Type::kUInt8, Type::kInt4}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  const QuantizationView& q = weights.quantization;
  const bool per_row = q.axis == 0 && static_cast<int64_t>(q.scale.size()) == lookup.rows;
  if (q.scale.size() != q.zero_point.size() || (q.scale.size() != 1 && !per_row))
    return node.Invalid("input 1: " + std::to_string(q.scale.size()) + " scales, wanted one or " +
                        std::to_string(lookup.rows));
  if (weights.type == Type::kInt4 && lookup.row % 2 != 0)
    return node.Unsupported("INT4 rows of an odd length");
  prepared.kernel = "integer to float32";
  prepared.run = ScaledRun(lookup, weights.type, q);
  return prepared;
}

}  // namespace

extern const OpDef kEmbeddingLookup{
    .name = "EMBEDDING_LOOKUP",
    .code = 7,
    .max_version = 5,
    .types = "f32 f16 f64 i4 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
    .kernels = "copy; integer to float32",
    .prepare = Prepare};

}  // namespace brink::ops
