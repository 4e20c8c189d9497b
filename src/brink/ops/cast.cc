// CAST: every number as one of another type, floats cut towards 0.
#include <cstring>

#include "brink/kernels/convert.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  const Value& input = node.input(0);
  const Type to = node.output(0).type;
  for (const Value* value : {&input, &node.output(0)}) {
    if (!kernels::IsConvertible(value->type))
      return node.Unsupported(node.Describe(*value) + ": type " +
                              std::string(TypeName(value->type)));
  }
  Prepared prepared{.shapes = {input.shape}, .kernel = "convert"};
  const bool same = input.type == to;
  if (same) {
    prepared.placements = {{.input = 0, .output = 0, .offset = 0, .output_in_input = true}};
    prepared.all_in_place = true;
  }
  prepared.run = [from = input.type, to, count = input.shape.elements(), same,
                  bytes = static_cast<size_t>(input.bytes())](const Buffers& b) {
    if (!same) {
      kernels::Convert(from, b.inputs[0], to, b.outputs[0], count, b.parallel);
    } else if (bytes > 0 && b.outputs[0] != b.inputs[0]) {
      std::memcpy(b.outputs[0], b.inputs[0], bytes);
    }
  };
  return prepared;
}

}  // namespace

extern const OpDef kCast{.name = "CAST",
                         .code = 53,
                         .max_version = 9,
                         .types = "f32 f16 f64 i4 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                         .kernels = "convert",
                         .prepare = Prepare};

}  // namespace brink::ops
