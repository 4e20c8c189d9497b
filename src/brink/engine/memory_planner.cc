#include "brink/engine/memory_planner.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "brink/tensor/tensor.h"

namespace brink::engine {
namespace {

size_t Padded(size_t bytes) {
  return (bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

// How far before block `next`, at least, a block that lives at the same time begins if it does.
size_t BytesBefore(const Block& block, size_t next) {
  const size_t bytes = Padded(block.bytes);
  return block.over == static_cast<int>(next) ? std::min(bytes, Padded(block.lead)) : bytes;
}

struct Placed {
  size_t offset = 0;
  size_t end = 0;
  int first = 0;
  int last = 0;
  size_t index = 0;
};

// The lowest offset where block `index` meets none of `placed`, which lie in that order.
size_t LowestOffset(std::span<const Block> blocks, size_t index, std::span<const Placed> placed) {
  const Block& block = blocks[index];
  const size_t size = Padded(block.bytes);
  size_t offset = 0;
  const Placed* over = nullptr;  // which it lies over, so that it may meet more behind its begin
  for (const Placed& other : placed) {
    if (other.offset >= offset + size) break;
    if (other.end <= offset || other.first > block.last || block.first > other.last) continue;
    if (other.offset >= offset + BytesBefore(block, other.index)) {
      over = &other;
      continue;
    }
    offset = std::max(offset, other.offset + BytesBefore(blocks[other.index], index));
    if (over != nullptr && over->offset < offset + BytesBefore(block, over->index))
      offset = std::max(offset, over->end);
  }
  return offset;
}

// Each in turn, at the lowest offset where it meets no block before it that lives at the same time.
MemoryLayout PlaceInOrder(std::span<const Block> blocks, std::span<const size_t> order) {
  MemoryLayout layout{.offsets = std::vector<size_t>(blocks.size())};
  std::vector<Placed> placed;
  placed.reserve(order.size());
  for (const size_t index : order) {
    const size_t offset = LowestOffset(blocks, index, placed);
    const size_t end = offset + Padded(blocks[index].bytes);
    layout.offsets[index] = offset;
    layout.bytes = std::max(layout.bytes, end);
    const auto place = std::ranges::upper_bound(placed, offset, {}, &Placed::offset);
    placed.insert(place, {offset, end, blocks[index].first, blocks[index].last, index});
  }
  return layout;
}

// What each step, from `first` on, needs at least.
struct Demand {
  int first = 0;
  std::vector<size_t> bytes;

  size_t Most(int begin, int end) const {  // both included
    return *std::max_element(bytes.begin() + (begin - first), bytes.begin() + (end - first + 1));
  }
  size_t Most() const { return *std::ranges::max_element(bytes); }
};

Demand DemandOf(std::span<const Block> blocks) {
  Demand demand{.first = std::numeric_limits<int>::max()};
  int last = std::numeric_limits<int>::min();
  for (const Block& block : blocks) {
    demand.first = std::min(demand.first, block.first);
    last = std::max(last, block.last);
  }
  // First what begins or ends with each step, modulo 2^N; then sums of it.
  const auto at = [&](int step) { return static_cast<size_t>(step - demand.first); };
  demand.bytes.resize(at(last) + 2);
  for (const Block& block : blocks) {
    demand.bytes[at(block.first)] += Padded(block.bytes);
    demand.bytes[at(block.last) + 1] -= Padded(block.bytes);
  }
  for (size_t i = 1; i < demand.bytes.size(); ++i) demand.bytes[i] += demand.bytes[i - 1];
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].over < 0) continue;
    const Block& over = blocks[static_cast<size_t>(blocks[i].over)];
    const size_t lead = BytesBefore(blocks[i], static_cast<size_t>(blocks[i].over));
    demand.bytes[at(blocks[i].first)] -=
        std::min(Padded(over.bytes), Padded(blocks[i].bytes) - lead);
  }
  return demand;
}

// Whether another order may save more than it costs to find out: pages take time too.
bool MayPay(size_t saved, size_t blocks) {
  constexpr size_t kLeastBytes = size_t{64} << 10;
  return saved >= kLeastBytes && saved / 4 / blocks >= blocks;
}

}  // namespace

MemoryLayout PlanMemory(std::span<const Block> blocks) {
  std::vector<size_t> order;  // of those that need a place
  order.reserve(blocks.size());
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].bytes > 0) order.push_back(i);
  }
  if (order.empty()) return {.offsets = std::vector<size_t>(blocks.size())};
  std::ranges::stable_sort(order,
                           [&](size_t a, size_t b) { return blocks[a].bytes > blocks[b].bytes; });
  MemoryLayout by_size = PlaceInOrder(blocks, order);
  const Demand demand = DemandOf(blocks);
  if (!MayPay(by_size.bytes - demand.Most(), order.size())) return by_size;
  std::vector<size_t> most(blocks.size());
  for (const size_t i : order) most[i] = demand.Most(blocks[i].first, blocks[i].last);
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return most[a] > most[b]; });
  MemoryLayout by_demand = PlaceInOrder(blocks, order);
  return by_demand.bytes < by_size.bytes ? by_demand : by_size;
}

}  // namespace brink::engine
