#include "brink/ops/space_and_batch.h"

#include <algorithm>

namespace brink::ops {

Result<Blocks> ReadBlocks(const NodeView& node) {
  constexpr int64_t kMostBlocks = 1 << 16;
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  BRINK_TRY(node.CheckRank(0, 2, Shape::kMaxRank));
  Blocks blocks;
  BRINK_ASSIGN(blocks.extents, node.Integers(1));
  const auto spatial = static_cast<int>(blocks.extents.size());
  if (spatial < 1 || spatial >= node.input(0).shape.rank()) {
    return node.Invalid("input 1: a block of " + std::to_string(spatial) + " dimensions in " +
                        node.input(0).shape.ToString());
  }
  for (const int64_t extent : blocks.extents) {
    if (extent < 1 || extent > kMostBlocks / blocks.count)
      return node.Invalid("input 1: block extent " + std::to_string(extent) + " is out of range");
    blocks.count *= extent;
  }
  BRINK_ASSIGN(blocks.margins, ReadPaddings(node, 2, spatial));
  return blocks;
}

namespace {

// Which pixels of a small axis have a place in the large one.
struct SmallRange {
  int64_t first = 0;
  int64_t count = 0;
  int64_t shift = 0;  // small pixel p is pixel p * block + shift of the large axis
};

SmallRange RangeOf(int64_t large, int64_t small, int64_t block, int64_t shift) {
  const int64_t first = shift >= 0 ? 0 : (block - 1 - shift) / block;
  const int64_t room = large - shift;
  const int64_t last = room <= 0 ? 0 : std::min(small, (room - 1) / block + 1);
  return {first, std::max<int64_t>(0, last - first), shift};
}

// The place of image `image` in its block along each spatial axis.
std::vector<int64_t> PlaceOf(const Blocks& blocks, int64_t image) {
  std::vector<int64_t> place(blocks.extents.size());
  for (size_t i = place.size(); i-- > 0;) {
    place[i] = image % blocks.extents[i];
    image /= blocks.extents[i];
  }
  return place;
}

}  // namespace

std::vector<kernels::StridedCopy> BlockBoxes(const Blocks& blocks, const Shape& space,
                                             const Shape& batch, size_t element_bytes,
                                             BatchDirection direction) {
  const auto space_strides = ByteStrides(space, element_bytes);
  const auto batch_strides = ByteStrides(batch, element_bytes);
  const bool to_batch = direction == BatchDirection::kToBatch;
  std::vector<kernels::StridedCopy> boxes;
  for (int64_t image = 0; image < blocks.count; ++image) {
    kernels::StridedCopy copy{.element_bytes = element_bytes};
    int64_t in_space = 0;
    int64_t in_batch = image * space[0] * batch_strides[0];
    const std::vector<int64_t> place = PlaceOf(blocks, image);
    for (size_t axis = 0; axis < static_cast<size_t>(space.rank()); ++axis) {
      const bool is_spatial = axis > 0 && axis <= place.size();
      int64_t block = 1;
      SmallRange range{.count = space[static_cast<int>(axis)]};
      if (is_spatial) {
        block = blocks.extents[axis - 1];
        range = RangeOf(space[static_cast<int>(axis)], batch[static_cast<int>(axis)], block,
                        place[axis - 1] - blocks.margins[axis - 1].before);
      }
      in_space += (range.first * block + range.shift) * space_strides[axis];
      in_batch += range.first * batch_strides[axis];
      const int64_t in_space_stride = block * space_strides[axis];
      copy.Append({range.count, to_batch ? in_space_stride : batch_strides[axis],
                   to_batch ? batch_strides[axis] : in_space_stride});
    }
    copy.from_offset = to_batch ? in_space : in_batch;
    copy.to_offset = to_batch ? in_batch : in_space;
    if (copy.elements() > 0) boxes.push_back(copy);
  }
  return boxes;
}

}  // namespace brink::ops
