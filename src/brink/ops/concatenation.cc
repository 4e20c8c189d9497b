// CONCATENATION: ConcatenationOptions {axis, fused_activation}. An input whose quantisation is not
// the output's is rescaled.
#include <memory>

#include "brink/kernels/copy.h"
#include "brink/ops/op.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

// One input's part of the output.
struct Part {
  kernels::RowCopy copy;
  size_t offset = 0;  // in the output, bytes
  std::shared_ptr<const kernels::ByteTable> table;
};

Result<Shape> FindOutput(const NodeView& node, int axis) {
  Shape output = node.input(0).shape;
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    const Shape& shape = node.inputs[i]->shape;
    bool fits = shape.rank() == output.rank();
    for (int d = 0; fits && d < output.rank(); ++d) fits = d == axis || shape[d] == output[d];
    if (!fits) {
      return node.Invalid("input " + std::to_string(i) + ": shape " + shape.ToString() +
                          " does not continue " + node.input(0).shape.ToString() + " along axis " +
                          std::to_string(axis));
    }
    output[axis] += shape[axis];
  }
  const Result<Shape> checked = Shape::Make(output.dims());
  if (!checked) return node.Invalid(checked.error().message);
  return checked;
}

int64_t BytesFrom(const Value& value, int axis) {
  int64_t elements = 1;
  for (int d = axis; d < value.shape.rank(); ++d) elements *= value.shape[d];
  return PackedBytes(value.type, elements);
}

Result<std::vector<Part>> MakeParts(const NodeView& node, int axis, const Shape& shape) {
  Value output = node.output(0);
  output.shape = shape;
  int64_t rows = 1;
  for (int d = 0; d < axis; ++d) rows *= shape[d];
  std::vector<Part> parts;
  size_t offset = 0;
  for (const Value* input : node.inputs) {
    const int64_t row_bytes = BytesFrom(*input, axis);
    Part part{.copy = {.rows = rows,
                       .row_bytes = row_bytes,
                       .input_stride = row_bytes,
                       .output_stride = BytesFrom(output, axis)},
              .offset = offset};
    if (IsByte(input->type) && !output.quantization.empty() &&
        !SameQuantization(*input, node.output(0))) {
      BRINK_ASSIGN(const auto from, QuantizedTypeOf(node, *input));
      BRINK_ASSIGN(const auto to, QuantizedTypeOf(node, node.output(0)));
      part.table =
          std::make_shared<const kernels::ByteTable>(kernels::ConcatenationTable(from, to));
      part.copy.table = part.table.get();
    }
    parts.push_back(std::move(part));
    offset += static_cast<size_t>(row_bytes);
  }
  return parts;
}

Result<Prepared> Prepare(const NodeView& node) {
  constexpr int kMostInputs = 1 << 16;
  BRINK_TRY(node.CheckCounts(1, kMostInputs, 1));
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == nullptr)
      return node.Invalid("input " + std::to_string(i) + " is left out");
    BRINK_TRY(node.CheckInputType(static_cast<int>(i), {node.input(0).type}));
  }
  if (TypeBits(node.input(0).type) < 8) return node.Unsupported("elements of less than a byte");
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  if (node.options.Int8(1) != 0) return node.Unsupported("a fused activation");
  BRINK_ASSIGN(const int axis, node.Axis(node.options.Int32(0), node.input(0).shape.rank()));
  BRINK_ASSIGN(const Shape shape, FindOutput(node, axis));
  BRINK_ASSIGN(std::vector<Part> parts, MakeParts(node, axis, shape));
  Prepared prepared{.shapes = {shape}, .kernel = "copy"};
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].copy.rows != 1 || parts[i].table) continue;
    prepared.placements.push_back({.input = static_cast<int>(i),
                                   .output = 0,
                                   .offset = static_cast<int64_t>(parts[i].offset),
                                   .output_in_input = false});
  }
  prepared.all_in_place = prepared.placements.size() == parts.size();
  prepared.run = [parts = std::move(parts)](const Buffers& b) {
    for (size_t i = 0; i < parts.size(); ++i) {
      std::byte* to = b.outputs[0] + parts[i].offset;
      if (b.inputs[i] != to) kernels::CopyRows(parts[i].copy, b.inputs[i], to, b.parallel);
    }
  };
  return prepared;
}

}  // namespace

extern const OpDef kConcatenation{.name = "CONCATENATION",
                                  .code = 2,
                                  .max_version = 4,
                                  .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                  .kernels = "copy",
                                  .prepare = Prepare};

}  // namespace brink::ops
