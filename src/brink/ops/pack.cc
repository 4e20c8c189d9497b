// PACK: {values_count, axis}. Inputs of one shape become the slices of a new axis.
#include "brink/kernels/copy.h"
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Status CheckInputs(const NodeView& node) {
  constexpr int kMostInputs = 1 << 16;
  BRINK_TRY(node.CheckCounts(1, kMostInputs, 1));
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == nullptr)
      return node.Invalid("input " + std::to_string(i) + " is left out");
    BRINK_TRY(node.CheckInputType(static_cast<int>(i), {node.input(0).type}));
    if (!(node.inputs[i]->shape == node.input(0).shape)) {
      return node.Invalid("input " + std::to_string(i) + ": shape " +
                          node.inputs[i]->shape.ToString() + ", input 0 has " +
                          node.input(0).shape.ToString());
    }
  }
  return node.CheckOutputType(0, {node.input(0).type});
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(CheckInputs(node));
  const Shape& part = node.input(0).shape;
  if (part.rank() >= Shape::kMaxRank) return node.Unsupported("more than 8 dimensions");
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  BRINK_ASSIGN(const int axis, node.Axis(node.options.Int32(1), part.rank() + 1));
  const auto count = static_cast<int64_t>(node.inputs.size());
  Shape wanted;
  int64_t rows = 1;
  auto row_bytes = static_cast<int64_t>(bytes);
  for (int i = 0; i <= part.rank(); ++i) {
    if (i == axis) wanted.Append(count);
    if (i == part.rank()) break;
    wanted.Append(part[i]);
    (i < axis ? rows : row_bytes) *= part[i];
  }
  BRINK_ASSIGN(const Shape output, CheckedShape(node, wanted));
  const kernels::RowCopy copy{.rows = rows,
                              .row_bytes = row_bytes,
                              .input_stride = row_bytes,
                              .output_stride = row_bytes * count};
  Prepared prepared{.shapes = {output}, .kernel = "copy"};
  for (int i = 0; rows == 1 && i < static_cast<int>(count); ++i) {
    prepared.placements.push_back(
        {.input = i, .output = 0, .offset = row_bytes * i, .output_in_input = false});
  }
  prepared.all_in_place = rows == 1;
  prepared.run = [copy](const Buffers& b) {
    for (size_t i = 0; i < b.inputs.size(); ++i) {
      std::byte* to = b.outputs[0] + static_cast<size_t>(copy.row_bytes) * i;
      if (b.inputs[i] != to) kernels::CopyRows(copy, b.inputs[i], to, b.parallel);
    }
  };
  return prepared;
}

}  // namespace

extern const OpDef kPack{.name = "PACK",
                         .code = 83,
                         .max_version = 5,
                         .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                         .kernels = "copy",
                         .prepare = Prepare};

}  // namespace brink::ops
