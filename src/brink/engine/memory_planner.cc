#include "brink/engine/memory_planner.h"

#include <algorithm>
#include <numeric>

#include "brink/tensor/tensor.h"

namespace brink::engine {
namespace {

size_t Padded(size_t bytes) {
  return (bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

// A block that has its place.
struct Placed {
  size_t offset = 0;
  size_t end = 0;
  int first = 0;
  int last = 0;

  bool LivesWith(const Block& block) const { return first <= block.last && block.first <= last; }
};

}  // namespace

MemoryLayout PlanMemory(std::span<const Block> blocks) {
  std::vector<size_t> by_size(blocks.size());
  std::iota(by_size.begin(), by_size.end(), size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](size_t a, size_t b) { return blocks[a].bytes > blocks[b].bytes; });

  MemoryLayout layout{.offsets = std::vector<size_t>(blocks.size())};
  std::vector<Placed> placed;  // by offset
  placed.reserve(blocks.size());
  for (const size_t index : by_size) {
    const Block& block = blocks[index];
    if (block.bytes == 0) break;  // as are all behind: half of a model's steps need no scratch
    const size_t size = Padded(block.bytes);
    size_t offset = 0;
    for (const Placed& other : placed) {
      if (!other.LivesWith(block)) continue;
      if (other.offset >= offset + size) break;
      offset = std::max(offset, other.end);
    }
    layout.offsets[index] = offset;
    layout.bytes = std::max(layout.bytes, offset + size);
    const auto place =
        std::upper_bound(placed.begin(), placed.end(), offset,
                         [](size_t value, const Placed& other) { return value < other.offset; });
    placed.insert(place, {offset, offset + size, block.first, block.last});
  }
  return layout;
}

}  // namespace brink::engine
