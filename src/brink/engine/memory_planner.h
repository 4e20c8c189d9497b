// Where each tensor lies in an arena: tensors that never live at the same time share memory.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace brink::engine {

// A block that is alive from the step `first` to the step `last`, both included.
struct Block {
  size_t bytes = 0;
  int first = 0;
  int last = 0;
  // Another block, or -1, that ends with the step in which this one begins, and that it may lie
  // over if it begins at least `lead` bytes before.
  int over = -1;
  size_t lead = 0;
};

struct MemoryLayout {
  std::vector<size_t> offsets;  // one a block, multiples of kTensorAlignment
  size_t bytes = 0;             // of the whole arena
};

// Largest block first, each at the lowest offset where it meets no block that lives at the same
// time ("greedy by size" of "Efficient Memory Management for Deep Neural Net Inference", Pisarchyk
// and Lee 2020). Where that takes much more than the fullest step does, also the blocks of the
// fullest step first ("greedy by breadth"); the smaller counts. Quadratic in the number of blocks.
MemoryLayout PlanMemory(std::span<const Block> blocks);

}  // namespace brink::engine
