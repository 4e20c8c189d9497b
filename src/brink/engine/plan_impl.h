// What a Plan holds: engine/ only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "brink/engine/nested_plan.h"
#include "brink/engine/plan.h"
#include "brink/engine/spare_arena.h"
#include "brink/ops/op.h"
#include "brink/tensor/tensor.h"

namespace brink::engine {

// Where a tensor's bytes are when a session runs.
struct Location {
  enum class Where { kAbsent, kArena, kConstant, kSlot, kLent } where = Where::kAbsent;
  size_t offset = 0;                    // in the arena or the lent input; or which slot
  size_t input = 0;                     // which of a nested graph's inputs is lent
  const std::byte* constant = nullptr;  // in memory that the plan or the model holds
};

// A tensor that a session keeps outside of its arena.
struct Slot {
  enum class Kind {
    kState,    // a variable tensor, kept from run to run
    kStrings,  // of fixed shape
    kDynamic,  // each run finds its shape
  } kind = Kind::kDynamic;
  Type type = Type::kFloat32;
  Shape shape;
  int64_t zero_point = 0;  // what state begins with, where it is of 8 bits
};

// A node that each run prepares, when the values or shapes that decide its outputs' are there.
struct DeferredNode {
  const ops::OpDef* op = nullptr;
  int index = 0;
  std::vector<std::optional<ops::Value>> inputs;
  std::vector<ops::Value> outputs;
  std::vector<std::optional<ops::Value>> intermediates;
  model::OptionsReader options;
  std::span<const std::byte> custom_options;
  kernels::Activation following = kernels::Activation::kNone;
};

struct Step {
  ops::Run run;  // empty of a deferred one
  std::vector<Location> inputs;
  std::vector<Location> outputs;
  Location scratch;
  size_t kept_bytes = 0;
  std::shared_ptr<const DeferredNode> deferred;  // few steps are
};

struct Plan::Impl {
  PlanContext context;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::vector<Location> input_locations;
  std::vector<Location> output_locations;
  std::vector<Step> steps;
  std::vector<StepInfo> infos;  // one a step
  std::vector<Slot> slots;
  std::vector<std::shared_ptr<const Tensor>> constants;  // computed ones that steps or outputs read
  std::vector<std::shared_ptr<const NestedPlan>> nested;  // of the graphs that steps run
  std::optional<SpareArena> spare_arena;                  // of arena_bytes
  size_t arena_bytes = 0;                                 // of this graph's own arena
  size_t session_bytes =
      0;  // of all that a session allocates: also state and nested graphs' arenas
  size_t weights_bytes = 0;
};

}  // namespace brink::engine
