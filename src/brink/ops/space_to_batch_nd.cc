// SPACE_TO_BATCH_ND: the space is padded with zeros, then its blocks' pixels become batches.
#include "brink/ops/space_and_batch.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_ASSIGN(const Blocks blocks, ReadBlocks(node));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  const Shape& input = node.input(0).shape;
  Shape wanted = input;
  bool padded = false;
  for (size_t i = 0; i < blocks.extents.size(); ++i) {
    const int axis = static_cast<int>(i) + 1;
    const int64_t extent = input[axis] + blocks.margins[i].before + blocks.margins[i].after;
    padded = padded || extent != input[axis];
    if (extent % blocks.extents[i] != 0) {
      return node.Invalid("axis " + std::to_string(axis) + ", " + std::to_string(extent) +
                          " with its padding, is not made of blocks of " +
                          std::to_string(blocks.extents[i]));
    }
    wanted[axis] = extent / blocks.extents[i];
  }
  if (input[0] > (int64_t{1} << 46) / blocks.count) return node.Invalid("too many batches");
  wanted[0] = input[0] * blocks.count;
  BRINK_ASSIGN(const Shape output, CheckedShape(node, wanted));
  Move move{.output = output,
            .boxes = BlockBoxes(blocks, input, output, bytes, BatchDirection::kToBatch),
            .fills = padded};
  BRINK_ASSIGN(move.filling, ZeroElement(node, node.output(0)));
  std::vector<Move> moves;
  moves.push_back(std::move(move));
  return PrepareMoves(node, std::move(moves));
}

}  // namespace

extern const OpDef kSpaceToBatchNd{.name = "SPACE_TO_BATCH_ND",
                                   .code = 38,
                                   .max_version = 4,
                                   .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                   .kernels = "strided copy",
                                   .prepare = Prepare};

}  // namespace brink::ops
