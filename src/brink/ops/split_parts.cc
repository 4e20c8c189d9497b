#include "brink/ops/split_parts.h"

#include "brink/ops/movement.h"

namespace brink::ops {

Result<Prepared> PrepareSplit(const NodeView& node, const SplitParts& parts) {
  const Shape& input = node.input(parts.input).shape;
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(parts.input)));
  std::vector<Move> moves;
  std::array<int64_t, Shape::kMaxRank> begin{};
  for (const int64_t length : parts.lengths) {
    Shape output = input;
    output[parts.axis] = length;
    moves.push_back(SliceOf(input, output, begin, bytes));
    begin[static_cast<size_t>(parts.axis)] += length;
  }
  return PrepareMoves(node, std::move(moves), parts.input);
}

}  // namespace brink::ops
