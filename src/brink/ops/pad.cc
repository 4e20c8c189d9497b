// PAD and PADV2: input 1 is [rank, 2], what is added before and after each axis; input 2 of PADV2
// is the value that fills.
#include "brink/kernels/copy.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 3, 1));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  BRINK_TRY(node.CheckRank(0, 1, Shape::kMaxRank));
  const Shape& input = node.input(0).shape;
  BRINK_ASSIGN(const std::vector<Padding> paddings, ReadPaddings(node, 1, input.rank()));
  kernels::PadProblem problem{.input = input};
  BRINK_ASSIGN(problem.element_bytes, ElementBytes(node, node.input(0)));
  Shape shape = input;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto at = static_cast<size_t>(axis);
    problem.before[at] = paddings[at].before;
    problem.after[at] = paddings[at].after;
    shape[axis] += paddings[at].before + paddings[at].after;
  }
  Prepared prepared{.shapes = {shape}, .kernel = "copy"};
  if (node.has_input(2)) {
    BRINK_TRY(node.CheckInputType(2, {node.input(0).type}));
    if (node.input(2).shape.elements() != 1) return node.Invalid("input 2: wanted one value");
    prepared.run = [problem](const Buffers& b) {
      kernels::Pad(problem, b.inputs[2], b.inputs[0], b.outputs[0], b.parallel);
    };
    return prepared;
  }
  BRINK_ASSIGN(const Element zero, ZeroElement(node, node.output(0)));
  prepared.run = [problem, zero](const Buffers& b) {
    kernels::Pad(problem, zero.data(), b.inputs[0], b.outputs[0], b.parallel);
  };
  return prepared;
}

}  // namespace

extern const OpDef kPad{.name = "PAD",
                        .code = 34,
                        .max_version = 6,
                        .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                        .kernels = "copy",
                        .prepare = Prepare};
extern const OpDef kPadv2{.name = "PADV2",
                          .code = 60,
                          .max_version = 6,
                          .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                          .kernels = "copy",
                          .prepare = Prepare};

}  // namespace brink::ops
