// A node that each run prepares, because the shapes or values that decide its outputs' shapes are
// known only then. What was prepared is kept for the next time. engine/ only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "brink/base/result.h"
#include "brink/engine/plan_impl.h"
#include "brink/ops/graphs.h"
#include "brink/tensor/tensor.h"

namespace brink::engine {

class DeferredStep {
 public:
  // Of how many combinations of shapes and values the last are kept, where they are small.
  static constexpr size_t kFew = 4;
  static constexpr size_t kTurnsOfALoop = 64;
  explicit DeferredStep(size_t most_ready) : most_ready_(most_ready) {}

  // An input whose value decides, and a copy of it.
  struct Decided {
    size_t input = 0;
    Tensor value;
  };
  // A node prepared for inputs of certain shapes and, where these decide, values. A loop keeps one
  // a turn of each step: only what runs need.
  struct Ready {
    std::vector<Shape> input_shapes;
    std::vector<Decided> values;
    std::vector<Shape> shapes;  // and all below, see ops::Prepared
    std::vector<Tensor> known;
    size_t scratch_bytes = 0;
    size_t kept_bytes = 0;
    ops::Run run;
  };

  // `inputs`: what each input is now (empty bytes for one that is left out). The answer is valid
  // until the next call.
  Result<const Ready*> Prepare(const DeferredNode& node, std::span<const ConstTensorView> inputs,
                               ops::GraphPlanner& planner, int threads);

  // What a run of the step works on; it is kept so that no run allocates it.
  struct Work {
    std::vector<ConstTensorView> inputs;
    std::vector<const std::byte*> input_bytes;
    std::vector<std::byte*> output_bytes;
    Tensor scratch;
  };
  Work& work() { return work_; }

 private:
  size_t Digest(std::span<const ConstTensorView> inputs) const;
  bool Fits(const Ready& ready, std::span<const ConstTensorView> inputs) const;
  const Ready* Find(std::span<const ConstTensorView> inputs) const;
  const Ready* Keep(Ready ready, size_t weights_bytes, size_t digest);

  size_t most_ready_;
  std::vector<std::unique_ptr<const Ready>> ready_;
  std::vector<size_t> digests_;  // one a Ready: what Find looks through
  size_t oldest_ = 0;            // the one that makes room for the next when there are enough
  uint64_t wanted_ = 0;          // the inputs whose values decide
  Work work_;
};

}  // namespace brink::engine
