#include "brink/engine/memory_planner.h"

#include <algorithm>
#include <numeric>

#include "brink/tensor/tensor.h"

namespace brink::engine {
namespace {

size_t Padded(size_t bytes) {
  return (bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

bool Overlap(const Block& a, const Block& b) { return a.first <= b.last && b.first <= a.last; }

}  // namespace

MemoryLayout PlanMemory(std::span<const Block> blocks) {
  std::vector<size_t> by_size(blocks.size());
  std::iota(by_size.begin(), by_size.end(), size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](size_t a, size_t b) { return blocks[a].bytes > blocks[b].bytes; });

  MemoryLayout layout{.offsets = std::vector<size_t>(blocks.size())};
  std::vector<size_t> placed;  // by offset
  placed.reserve(blocks.size());
  for (const size_t index : by_size) {
    const size_t size = Padded(blocks[index].bytes);
    size_t offset = 0;
    for (const size_t other : placed) {
      if (!Overlap(blocks[index], blocks[other])) continue;
      if (layout.offsets[other] >= offset + size) break;
      offset = std::max(offset, layout.offsets[other] + Padded(blocks[other].bytes));
    }
    layout.offsets[index] = offset;
    layout.bytes = std::max(layout.bytes, offset + size);
    const auto place =
        std::upper_bound(placed.begin(), placed.end(), offset,
                         [&](size_t value, size_t other) { return value < layout.offsets[other]; });
    placed.insert(place, index);
  }
  return layout;
}

}  // namespace brink::engine
