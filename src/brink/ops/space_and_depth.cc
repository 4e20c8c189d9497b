#include "brink/ops/space_and_depth.h"

#include "brink/ops/movement.h"

namespace brink::ops {

namespace {

// The tensor with wide pixels has [block, block, depth] in each; in the flat one these are rows,
// columns and channels.
kernels::StridedCopy BlockCopy(const Shape& wide, const Shape& flat, int64_t block,
                               size_t element_bytes, DepthDirection direction) {
  const bool to_depth = direction == DepthDirection::kSpaceToDepth;
  const auto wide_strides = ByteStrides(wide, element_bytes);
  const auto flat_strides = ByteStrides(flat, element_bytes);
  const int64_t depth = flat[3];
  const auto element = static_cast<int64_t>(element_bytes);
  struct Pair {
    int64_t extent, wide, flat;
  };
  const Pair batch{wide[0], wide_strides[0], flat_strides[0]};
  const Pair row{wide[1], wide_strides[1], flat_strides[1] * block};
  const Pair column{wide[2], wide_strides[2], flat_strides[2] * block};
  const Pair block_row{block, block * depth * element, flat_strides[1]};
  const Pair block_column{block, depth * element, flat_strides[2]};
  const Pair channel{depth, element, element};
  const auto order = to_depth ? std::array{batch, row, column, block_row, block_column, channel}
                              : std::array{batch, row, block_row, column, block_column, channel};
  kernels::StridedCopy copy{.element_bytes = element_bytes};
  for (const Pair& pair : order)
    copy.Append({pair.extent, to_depth ? pair.flat : pair.wide, to_depth ? pair.wide : pair.flat});
  return copy;
}

}  // namespace

Result<Prepared> PrepareSpaceAndDepth(const NodeView& node, DepthDirection direction) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckRank(0, 4, 4));
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  const Shape& input = node.input(0).shape;
  const int64_t block = node.options.Int32(0);
  const bool to_depth = direction == DepthDirection::kSpaceToDepth;
  constexpr int64_t kMostBlock = 256;
  const bool fits =
      block > 0 && block <= kMostBlock &&
      (to_depth ? input[1] % block == 0 && input[2] % block == 0 : input[3] % (block * block) == 0);
  if (!fits) {
    return node.Invalid("shape " + input.ToString() + " is not made of blocks of " +
                        std::to_string(block));
  }
  const Shape output =
      to_depth ? Shape{input[0], input[1] / block, input[2] / block, input[3] * block * block}
               : Shape{input[0], input[1] * block, input[2] * block, input[3] / block / block};
  const auto copy =
      BlockCopy(to_depth ? output : input, to_depth ? input : output, block, bytes, direction);
  return PrepareMoves(node, {{.output = output, .boxes = {copy}}});
}

}  // namespace brink::ops
