// BATCH_TO_SPACE_ND: batches become the pixels of blocks, then the space is cropped.
#include "brink/ops/space_and_batch.h"

namespace brink::ops {
namespace {

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_ASSIGN(const Blocks blocks, ReadBlocks(node));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  const Shape& input = node.input(0).shape;
  if (input[0] % blocks.count != 0) {
    return node.Invalid("input 0: " + std::to_string(input[0]) + " batches are not made of " +
                        std::to_string(blocks.count));
  }
  Shape wanted = input;
  wanted[0] = input[0] / blocks.count;
  for (size_t i = 0; i < blocks.extents.size(); ++i) {
    const int axis = static_cast<int>(i) + 1;
    const int64_t whole = input[axis] * blocks.extents[i];
    const int64_t cropped = blocks.margins[i].before + blocks.margins[i].after;
    if (cropped > whole) {
      return node.Invalid("axis " + std::to_string(axis) + ": " + std::to_string(cropped) +
                          " to crop of " + std::to_string(whole));
    }
    wanted[axis] = whole - cropped;
  }
  BRINK_ASSIGN(const Shape output, CheckedShape(node, wanted));
  std::vector<Move> moves;
  moves.push_back({.output = output,
                   .boxes = BlockBoxes(blocks, output, input, bytes, BatchDirection::kToSpace)});
  return PrepareMoves(node, std::move(moves));
}

}  // namespace

extern const OpDef kBatchToSpaceNd{.name = "BATCH_TO_SPACE_ND",
                                   .code = 37,
                                   .max_version = 4,
                                   .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                   .kernels = "strided copy",
                                   .prepare = Prepare};

}  // namespace brink::ops
