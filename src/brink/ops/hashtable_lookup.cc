// HASHTABLE_LOOKUP: rows of input 2 whose ascending keys (input 1) are those of input 0; a key that
// is missing gives a row of zeros and a 0 in the second output.
#include <algorithm>
#include <cstring>

#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 2));
  BRINK_TRY(node.CheckInputType(0, {Type::kInt32}));
  BRINK_TRY(node.CheckInputType(1, {Type::kInt32}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(2).type}));
  BRINK_TRY(node.CheckOutputType(1, {Type::kUInt8}));
  BRINK_TRY(node.CheckRank(0, 1, 1));
  BRINK_TRY(node.CheckRank(1, 1, 1));
  BRINK_TRY(node.CheckRank(2, 1, Shape::kMaxRank));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(2)));
  const int64_t keys = node.input(1).shape[0];
  Shape output = node.input(2).shape;
  if (output[0] != keys) {
    return node.Invalid(std::to_string(keys) + " keys for " + std::to_string(output[0]) + " rows");
  }
  const int64_t count = node.input(0).shape[0];
  output[0] = count;
  int64_t row = static_cast<int64_t>(bytes);
  for (int i = 1; i < output.rank(); ++i) row *= output[i];
  return Prepared{.shapes = {output, {count}},
                  .kernel = "binary search",
                  .run = [keys, count, row](const Buffers& b) {
                    const int32_t* first = b.in<int32_t>(1);
                    for (int64_t i = 0; i < count; ++i) {
                      const int32_t wanted = b.in<int32_t>(0)[i];
                      const int32_t* found = std::lower_bound(first, first + keys, wanted);
                      const bool hit = found != first + keys && *found == wanted;
                      b.out<uint8_t>(1)[i] = hit ? 1 : 0;
                      if (row == 0) continue;
                      std::byte* to = b.outputs[0] + i * row;
                      if (hit) {
                        std::memcpy(to, b.inputs[2] + (found - first) * row,
                                    static_cast<size_t>(row));
                      } else {
                        std::memset(to, 0, static_cast<size_t>(row));
                      }
                    }
                  }};
}

}  // namespace

extern const OpDef kHashtableLookup{.name = "HASHTABLE_LOOKUP",
                                    .code = 10,
                                    .max_version = 1,
                                    .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                    .kernels = "binary search",
                                    .prepare = Prepare};

}  // namespace brink::ops
