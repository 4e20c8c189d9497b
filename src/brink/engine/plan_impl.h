// What a Plan holds: engine/ only.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "brink/engine/plan.h"
#include "brink/ops/op.h"
#include "brink/tensor/tensor.h"

namespace brink::engine {

// Where a tensor's bytes are when a session runs.
struct Location {
  enum class Where { kAbsent, kArena, kConstant } where = Where::kAbsent;
  size_t offset = 0;                    // in the arena
  const std::byte* constant = nullptr;  // in memory that the plan or the model holds
};

struct Step {
  ops::Run run;
  std::vector<Location> inputs;
  std::vector<Location> outputs;
  Location scratch;
};

struct Plan::Impl {
  std::shared_ptr<const model::Model> model;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::vector<Location> input_locations;
  std::vector<Location> output_locations;
  std::vector<Step> steps;
  std::vector<StepInfo> infos;                           // one a step
  std::vector<std::shared_ptr<const Tensor>> constants;  // computed ones that steps or outputs read
  size_t arena_bytes = 0;
  size_t weights_bytes = 0;
  int threads = 1;
};

}  // namespace brink::engine
