// What a model becomes before it runs: steps, packed weights, arena layout. Immutable; any number
// of sessions on any number of threads share one Plan and one copy of the weights.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/model/graph.h"
#include "brink/tensor/quantization.h"
#include "brink/tensor/shape.h"

namespace brink::engine {

struct PlanOptions {
  int graph = 0;
  std::vector<std::string> outputs;  // tensor names to compute; empty: the graph's outputs. What
                                     // they do not need is not run
  int threads = 1;  // how many threads a Run may use: kernels split their work for it
};

// An input or output as a client sees it.
struct TensorSpec {
  std::string name;
  Type type = Type::kFloat32;
  Shape shape;
  Shape shape_signature;  // -1 where the model leaves the size free
  Quantization quantization;
};

class Plan {
 public:
  // Fails with kUnimplemented naming the operator and its nodes when the model needs what brink
  // lacks, and with kNotFound naming the graph's tensors when an output does not exist. All that
  // can fail because of the model fails here.
  static Result<std::shared_ptr<const Plan>> Build(std::shared_ptr<const model::Model> model,
                                                   const PlanOptions& options = {});
  ~Plan();

  std::span<const TensorSpec> inputs() const;   // in the graph's order
  std::span<const TensorSpec> outputs() const;  // in the order of PlanOptions::outputs
  size_t arena_bytes() const;                   // what one Session allocates
  size_t weights_bytes() const;  // constants and packed weights held outside the file's pages
  const model::Model& model() const;

  struct Impl;  // engine/ only
  const Impl& impl() const { return *impl_; }

 private:
  explicit Plan(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace brink::engine
