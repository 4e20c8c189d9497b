#include "brink/ops/selection.h"

#include "brink/kernels/broadcast.h"
#include "brink/kernels/select.h"
#include "brink/ops/movement.h"

namespace brink::ops {

Result<Prepared> PrepareSelect(const NodeView& node, const Shape& condition) {
  BRINK_TRY(node.CheckInputType(0, {Type::kBool}));
  BRINK_TRY(node.CheckInputType(2, {node.input(1).type}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(1).type}));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(1)));
  const Shape& a = node.input(1).shape;
  const Shape& b = node.input(2).shape;
  const Result<Shape> values = kernels::BroadcastShape(a, b);
  if (!values) return node.Invalid(values.error().message);
  const Result<Shape> output = kernels::BroadcastShape(condition, *values);
  if (!output) return node.Invalid(output.error().message);
  Prepared prepared{.shapes = {*output}, .kernel = "select"};
  for (int i = 1; i < 3; ++i) {
    if (node.input(i).shape.elements() == output->elements())
      prepared.overwritable |= uint64_t{1} << i;
  }
  prepared.run = [problem = kernels::MakeSelect(*output, condition, a, b, bytes)](
                     const Buffers& buffers) {
    kernels::Select(
        problem, {buffers.in<uint8_t>(0), buffers.inputs[1], buffers.inputs[2], buffers.outputs[0]},
        buffers.parallel);
  };
  return prepared;
}

}  // namespace brink::ops
