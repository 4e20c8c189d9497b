// A node that each run prepares, because the shapes or values that decide its outputs' shapes are
// known only then. What was prepared is kept for the last few combinations. engine/ only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <vector>

#include "brink/base/result.h"
#include "brink/engine/plan_impl.h"
#include "brink/ops/graphs.h"
#include "brink/tensor/tensor.h"

namespace brink::engine {

class DeferredStep {
 public:
  // A node prepared for inputs of certain shapes and, where these decide, values.
  struct Ready {
    std::vector<Shape> input_shapes;
    std::vector<std::optional<Tensor>> values;  // copies, of the inputs whose values decide
    ops::Prepared prepared;
    ops::Run run;
  };

  // `inputs`: what each input is now (empty bytes for one that is left out). The answer is valid
  // until the next call.
  Result<const Ready*> Prepare(const DeferredNode& node, std::span<const ConstTensorView> inputs,
                               ops::GraphPlanner& planner, int threads);

 private:
  bool Fits(const Ready& ready, std::span<const ConstTensorView> inputs) const;

  std::list<Ready> ready_;  // the last used first
  uint64_t wanted_ = 0;     // the inputs whose values decide
};

}  // namespace brink::engine
