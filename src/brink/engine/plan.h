// What a model becomes before it runs: steps, packed weights, arena layout. Immutable; any number
// of sessions on any number of threads share one Plan and one copy of the weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"
#include "brink/model/graph.h"
#include "brink/tensor/quantization.h"
#include "brink/tensor/shape.h"

namespace brink {
class ThreadPool;
}

namespace brink::engine {

struct PlanOptions {
  int graph = 0;
  // Names of the tensors to compute, which may be any of the graph's; empty: the graph's outputs.
  // What they do not need is not run.
  std::vector<std::string> outputs;
  // Shapes for inputs by name, where the stored ones do not serve.
  std::map<std::string, Shape> input_shapes;
  // Not empty: packed weights are kept in this folder, by model, build, CPU and the options above
  // and below, and mapped from there when they are there already. What goes wrong with it is
  // logged, and costs time only.
  std::string packed_folder;
  // How much a plan has to pack for a file to pay: below, it is packed sooner than a file is found.
  size_t least_kept_bytes = size_t{16} << 10;
  std::string model_sha256;  // hex, of the model's file; empty: found out when it is of use
  // How many threads a Run may use: kernels split their work for it.
  int threads = 1;
  // Whose threads share in the packing of weights, while Build runs; null: the caller packs alone.
  ThreadPool* pool = nullptr;
  // Planning fails when a session would need more, before anything is allocated.
  size_t max_arena_bytes = size_t{2} << 30;
};

// Where a plan with packed weights in `packed_folder` keeps what it knows of files; empty as that.
std::string KnownFilesFolder(const std::string& packed_folder);

// An input or output as a client sees it.
struct TensorSpec {
  std::string name;
  Type type = Type::kFloat32;
  Shape shape;
  Shape shape_signature;  // -1 where the model leaves the size free
  Quantization quantization;
  // An output whose shape each run finds: `shape` is then only what the model's file says.
  bool is_dynamic = false;
};

// What runs, in order: for people and for Profile.
struct StepInfo {
  int node = 0;             // its index in the graph
  std::string_view op;      // "CONV_2D"
  std::string_view output;  // the name of its first output, as long as the plan lives
  std::string kernel;       // which of the kernels that could serve it was chosen
  Shape shape;              // of its first output
  int64_t macs = 0;         // multiply-adds, where they are what it costs; else 0
  int64_t bytes = 0;        // of its inputs and outputs, where their shapes are known; else 0
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
  // Whether sessions keep anything from run to run: variables, what steps keep.
  bool has_state() const;
  size_t weights_bytes() const;  // constants and packed weights held outside the file's pages
  std::span<const StepInfo> steps() const;
  int threads() const;
  const model::Model& model() const;

  struct Impl;  // engine/ only
  const std::shared_ptr<const Impl>& impl() const { return impl_; }

 private:
  explicit Plan(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace brink::engine
