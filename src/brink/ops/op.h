// What brink knows of an operator: an OpDef, which one .cc file ends in and the table in op_table.h
// lists. Its prepare function checks everything about a node once, when a model is loaded, so that
// the step it yields runs blindly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "brink/base/result.h"
#include "brink/kernels/parallel.h"
#include "brink/ops/graphs.h"
#include "brink/ops/node_view.h"
#include "brink/tensor/shape.h"
#include "brink/tensor/tensor.h"

namespace brink::ops {

struct FloatConv;

// The memory of one step. Tensors are dense and aligned to their element at least; absent inputs
// are null; scratch is aligned to kTensorAlignment. An output shares memory with an input only
// where Prepared says that it may. Strings are arrays of std::string objects: in<std::string>(0).
struct Buffers {
  std::span<const std::byte* const> inputs;
  std::span<std::byte* const> outputs;
  std::byte* scratch = nullptr;
  std::byte* kept = nullptr;  // Prepared::kept_bytes of the session's, aligned to 16
  kernels::Parallel parallel;
  StepHost* host = nullptr;  // set in a session; null where constants are computed

  template <class T>
  const T* in(size_t index) const {
    return reinterpret_cast<const T*>(inputs[index]);
  }
  template <class T>
  T* out(size_t index) const {
    return reinterpret_cast<T*>(outputs[index]);
  }
  // An input that is a variable tensor: the session's own memory, which lives from run to run.
  template <class T>
  T* state(size_t index) const {
    return reinterpret_cast<T*>(const_cast<std::byte*>(inputs[index]));
  }
};

// A step's function with everything it needs but memory: immutable, called from many threads at
// once. Made of a callable that returns Status (for what only the data decides) or void.
class Run {
 public:
  Run() = default;
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Run>)
      Run(F f) {  // NOLINT(google-explicit-constructor): `prepared.run = [..](const Buffers&) {..}`
                  // reads well
    if constexpr (std::is_void_v<std::invoke_result_t<const F&, const Buffers&>>) {
      call_ = [f = std::move(f)](const Buffers& buffers) -> Status {
        f(buffers);
        return {};
      };
    } else {
      call_ = std::move(f);
    }
  }
  explicit operator bool() const { return static_cast<bool>(call_); }
  Status operator()(const Buffers& buffers) const { return call_(buffers); }

 private:
  std::function<Status(const Buffers&)> call_;
};

// Weights in the order that a kernel wants: made when a plan is built, or mapped from a file where
// an earlier plan's are kept.
struct Packing {
  size_t bytes = 0;
  // Writes all of them; `to` and `scratch` are aligned to kTensorAlignment.
  std::function<void(std::byte* to, std::byte* scratch)> write;
  // The step that reads them; copies of it share them.
  std::function<Run(std::shared_ptr<const std::byte> packed)> step;
  size_t scratch_bytes = 0;  // what `write` needs besides; one packing's may be another's next
  // All that decides what is written but the node's packed_inputs: nodes that have those and this
  // in common share one packing, as the steps of an unrolled recurrent layer do. Empty: none does.
  std::string recipe;

  std::shared_ptr<const std::byte> InMemory() const;
};

// One tensor's bytes are part of another's: a reshape's output is its input, a concatenation's
// inputs may lie in its output.
struct Placement {
  int input = 0;
  int output = 0;
  int64_t offset = 0;           // bytes from the start of the one that holds
  bool output_in_input = true;  // else the input lies in the output
};

// A node after its checks. Cheap: weights are packed later, and only if the node is still needed.
struct Prepared {
  // Of the outputs. One with a -1: `run` finds it and asks Buffers::host for the memory.
  std::vector<Shape> shapes;
  std::vector<Tensor>
      known;  // the outputs, when they are known now (SHAPE of a planned tensor); else empty
  std::string kernel;  // which kernel runs: "conv gemm float32"
  size_t scratch_bytes = 0;
  size_t kept_bytes = 0;  // which a session keeps for the step from run to run, zeros at first
  int64_t macs = 0;       // multiply-adds of a run, where they are what it costs

  Run run;                         // set this,
  std::optional<Packing> packing;  // or this, which makes it
  // Microseconds of a run, as kernels are chosen by them, where NodeView::most_packed may ask for
  // one of fewer bytes; else 0.
  double cost = 0;
  uint64_t packed_inputs =
      0;  // bit i: input i (a constant) is read by `packing` alone, not by the step

  std::shared_ptr<const FloatConv> conv;  // all that the step does, where it is one

  // The step, its weights packed into memory of its own.
  Run Ready() const;

  // Where memory may be shared.
  std::vector<Placement> placements;
  bool all_in_place = false;  // with every placement in place nothing is left to do
  uint64_t overwritable = 0;  // bit i: output 0 may be written over input i, element by element
  // Output 0 may be written over input 0 too where it begins at least so many bytes before it.
  std::optional<size_t> lead;
};

struct OpDef {
  std::string_view name;  // TFLite's: "CONV_2D"; of a custom its own name
  int32_t code = 0;       // BuiltinOperator of schema.fbs, or model::kCustomCode
  int max_version = 1;
  int activation_field =
      -1;  // the field of its options that holds a fused activation; -1: it has none
  bool reads_sparse = false;
  // Whether prepare may be asked for NodeView::max_pool; it fails where pooling apart is as good.
  bool pools = false;
  // Whether prepare may be asked for NodeView::border; it fails where that is too wide.
  bool pads = false;
  // An input that only packing reads where all but input 0 are constants: Value::late will do.
  int late_input = -1;
  // Whether its output may be Value::late: it has one input, and `run` needs no scratch memory and
  // cannot fail.
  bool is_late = false;
  // Whether constants alone decide what it gives, so that it is computed when a model is loaded:
  // not where it draws random numbers, keeps state or runs another graph.
  bool foldable = true;
  // For people: the element types of what it works on, and those of weights where they may differ,
  // "f32 i8; weights i8 i4"; the kernels that may serve it, "copy; strided copy".
  std::string_view types;
  std::string_view kernels;
  // What must be checked about a node is checked here. An input whose value decides a shape is read
  // with NodeView::Integers or after NodeView::CheckConstant: where it is not yet known, the engine
  // prepares the node again in each run, when it is.
  Result<Prepared> (*prepare)(const NodeView& node) = nullptr;
};

}  // namespace brink::ops
