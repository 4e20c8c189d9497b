// What operators share that draw random numbers: RandomOptions {seed, seed2}.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "brink/kernels/random_numbers.h"
#include "brink/ops/node_view.h"

namespace brink::ops {

// The stream of a node, each part of which one run takes. LiteRT's stream for its seeds; two
// seeds of 0 ask for another stream in each plan.
class RandomSource {
 public:
  explicit RandomSource(const NodeView& node);

  const kernels::RandomStream& stream() const { return stream_; }
  // The first of `blocks` blocks that no other run has.
  uint64_t Take(uint64_t blocks) { return next_.fetch_add(blocks, std::memory_order_relaxed); }

 private:
  kernels::RandomStream stream_;
  std::atomic<uint64_t> next_ = 0;
};

std::shared_ptr<RandomSource> RandomSourceOf(const NodeView& node);

}  // namespace brink::ops
