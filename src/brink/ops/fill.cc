// FILL: input 0 is a shape, input 1 the one value of all its elements.
#include "brink/kernels/copy.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(1)));
  BRINK_TRY(node.CheckOutputType(0, {node.input(1).type}));
  BRINK_ASSIGN(const std::vector<int64_t> dims, node.Integers(0));
  const Result<Shape> shape = Shape::Make(dims);
  if (!shape || !shape->known())
    return node.Invalid("input 0: " + (shape ? "an extent of -1" : shape.error().message));
  if (node.input(1).shape.elements() != 1) return node.Invalid("input 1: wanted one value");
  return Prepared{.shapes = {*shape},
                  .kernel = "copy",
                  .run = [bytes, count = shape->elements()](const Buffers& b) {
                    kernels::FillElements(b.inputs[1], bytes, count, b.outputs[0], b.parallel);
                  }};
}

}  // namespace

extern const OpDef kFill{.name = "FILL",
                         .code = 94,
                         .max_version = 5,
                         .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                         .kernels = "copy",
                         .prepare = Prepare};

}  // namespace brink::ops
