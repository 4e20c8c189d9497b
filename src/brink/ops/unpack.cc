// UNPACK: {num, axis}. Output i is the slice i of the axis, which is gone.
#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  const auto count = static_cast<int64_t>(node.outputs.size());
  BRINK_TRY(node.CheckCounts(1, 1, static_cast<int>(count)));
  const Shape& input = node.input(0).shape;
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  BRINK_ASSIGN(const int axis, node.Axis(node.options.Int32(1), input.rank()));
  if (input[axis] != count) {
    return node.Invalid(std::to_string(count) + " outputs for axis " + std::to_string(axis) +
                        " of " + input.ToString());
  }
  Shape part = input;
  part[axis] = 1;
  Shape output;
  for (int i = 0; i < input.rank(); ++i) {
    if (i != axis) output.Append(input[i]);
  }
  std::vector<Move> moves;
  std::array<int64_t, Shape::kMaxRank> begin{};
  for (int64_t i = 0; i < count; ++i) {
    begin[static_cast<size_t>(axis)] = i;
    moves.push_back(SliceOf(input, part, begin, bytes));
    moves.back().output = output;
  }
  return PrepareMoves(node, std::move(moves));
}

}  // namespace

extern const OpDef kUnpack{.name = "UNPACK",
                           .code = 88,
                           .max_version = 6,
                           .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                           .kernels = "copy; strided copy",
                           .prepare = Prepare};

}  // namespace brink::ops
