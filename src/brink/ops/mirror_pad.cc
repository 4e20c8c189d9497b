// MIRROR_PAD: {mode: REFLECT, SYMMETRIC}; input 1 is [rank, 2], how far each axis is mirrored at
// its ends; SYMMETRIC repeats the element at the edge, REFLECT does not.
#include <algorithm>

#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

// Pieces of one axis: `count` elements from `from` on, forwards or backwards, go to `to`.
struct Piece {
  int64_t from, to, count;
  int step;
};

std::vector<Piece> Pieces(int64_t extent, const Padding& padding, int64_t edge) {
  std::vector<Piece> pieces;
  if (padding.before > 0) pieces.push_back({padding.before - 1 + edge, 0, padding.before, -1});
  pieces.push_back({0, padding.before, extent, 1});
  if (padding.after > 0)
    pieces.push_back({extent - 1 - edge, padding.before + extent, padding.after, -1});
  return pieces;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  const Shape& input = node.input(0).shape;
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  BRINK_ASSIGN(const std::vector<Padding> paddings, ReadPaddings(node, 1, input.rank()));
  const int8_t mode = node.options.Int8(0);
  if (mode != 0 && mode != 1) return node.Unsupported("mode " + std::to_string(mode));
  const int64_t edge = mode == 0 ? 1 : 0;  // REFLECT leaves the edge out
  Shape wanted = input;
  for (int axis = 0; axis < input.rank(); ++axis) {
    const auto [before, after] = paddings[static_cast<size_t>(axis)];
    if (std::max(before, after) > std::max<int64_t>(0, input[axis] - edge)) {
      return node.Invalid("axis " + std::to_string(axis) + " of " + input.ToString() +
                          " is too short to be mirrored over " +
                          std::to_string(std::max(before, after)));
    }
    wanted[axis] += before + after;
  }
  BRINK_ASSIGN(const Shape output, CheckedShape(node, wanted));
  const auto from = ByteStrides(input, bytes);
  const auto to = ByteStrides(output, bytes);
  std::vector<kernels::StridedCopy> boxes = {{.element_bytes = bytes}};
  for (int axis = 0; axis < input.rank(); ++axis) {
    const auto at = static_cast<size_t>(axis);
    std::vector<kernels::StridedCopy> next;
    for (const Piece& piece : Pieces(input[axis], paddings[at], edge)) {
      for (kernels::StridedCopy box : boxes) {
        box.from_offset += piece.from * from[at];
        box.to_offset += piece.to * to[at];
        box.Append({piece.count, piece.step * from[at], to[at]});
        next.push_back(box);
      }
    }
    boxes = std::move(next);
  }
  std::vector<Move> moves;
  moves.push_back({.output = output, .boxes = std::move(boxes)});
  return PrepareMoves(node, std::move(moves));
}

}  // namespace

extern const OpDef kMirrorPad{.name = "MIRROR_PAD",
                              .code = 100,
                              .max_version = 3,
                              .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                              .kernels = "copy; strided copy",
                              .prepare = Prepare};

}  // namespace brink::ops
