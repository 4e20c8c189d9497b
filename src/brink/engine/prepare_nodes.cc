// The pass PrepareNodes of passes.h.
#include <algorithm>

#include "brink/engine/passes.h"

namespace brink::engine {
namespace {

using ops::NodeView;
using ops::Prepared;
using ops::Value;

// A node that multiplies more than this is left to run time: a small hostile file must not hold up
// loading.
constexpr int64_t kMostFoldedMacs = int64_t{1} << 30;

class NodePreparer {
 public:
  explicit NodePreparer(WorkGraph& graph) : graph_(graph), ready_(graph.values.size()) {
    for (const int input : graph.inputs) ready_[static_cast<size_t>(input)] = true;
    for (size_t i = 0; i < graph.values.size(); ++i)
      ready_[i] = ready_[i] || graph.values[i].is_constant;
  }

  Status PrepareAll() {
    std::vector<WorkNode> kept;
    for (WorkNode& node : graph_.nodes) {
      BRINK_ASSIGN(const bool known, PrepareOne(node));
      for (const int output : node.outputs) ready_[static_cast<size_t>(output)] = true;
      if (!known) kept.push_back(std::move(node));
    }
    graph_.nodes = std::move(kept);
    return {};
  }

 private:
  Value& value(int index) { return graph_.values[static_cast<size_t>(index)]; }

  Status CheckReadable(const NodeView& view, const WorkNode& node) {
    for (const int input : node.inputs) {
      if (input == model::kAbsent) continue;
      const Value& read = value(input);
      const std::string what = view.Describe(read) + " ('" + read.name + "')";
      if (read.is_variable)
        return view.Unsupported(what + " is a variable, models with state are not supported");
      if (read.is_sparse && !node.op->reads_sparse)
        return view.Unsupported(what + " is a sparse constant");
      if (!ready_[static_cast<size_t>(input)])
        return view.Invalid(what + " is read before anything sets it");
      if (TypeBits(read.type) == 0) {
        return view.Unsupported(what + ": type " + std::string(TypeName(read.type)) +
                                " is not supported");
      }
    }
    for (const int output : node.outputs) {
      if (TypeBits(value(output).type) == 0) {
        return view.Unsupported(view.Describe(value(output)) + ": type " +
                                std::string(TypeName(value(output).type)) + " is not supported");
      }
    }
    return {};
  }

  // Takes over the shapes that the operator found, within the limits.
  Status SetShapes(const NodeView& view, const WorkNode& node) {
    if (node.prepared.shapes.size() != node.outputs.size())
      return view.Fail(Code::kInternal, "outputs without a shape");
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      const Result<Shape> shape = Shape::Make(node.prepared.shapes[i].dims());
      if (!shape) return view.Invalid("output " + std::to_string(i) + ": " + shape.error().message);
      const int64_t bytes = PackedBytes(value(node.outputs[i]).type, shape->elements());
      if (!shape->known() || bytes < 0 || static_cast<uint64_t>(bytes) > graph_.max_bytes) {
        return view.Fail(Code::kResourceExhausted,
                         "output " + std::to_string(i) + ": shape " + shape->ToString() +
                             " takes " + std::to_string(bytes) + " bytes, the limit is " +
                             std::to_string(graph_.max_bytes));
      }
      value(node.outputs[i]).shape = *shape;
    }
    return {};
  }

  // Whether the node's outputs are constants now.
  Result<bool> PrepareOne(WorkNode& node) {
    const NodeView view = ViewOf(graph_, node);
    BRINK_TRY(CheckReadable(view, node));
    BRINK_ASSIGN(node.prepared, node.op->prepare(view));
    BRINK_TRY(SetShapes(view, node));
    if (!node.prepared.known.empty()) {
      SetConstants(node, std::move(node.prepared.known));
      return true;
    }
    const bool constant = std::all_of(node.inputs.begin(), node.inputs.end(), [&](int input) {
      return input == model::kAbsent || value(input).is_constant;
    });
    if (!constant || node.prepared.macs > kMostFoldedMacs) return false;
    BRINK_ASSIGN(std::vector<Tensor> outputs, Compute(view, node));
    SetConstants(node, std::move(outputs));
    return true;
  }

  Result<std::vector<Tensor>> Compute(const NodeView& view, const WorkNode& node) {
    std::vector<const std::byte*> inputs;
    for (const int input : node.inputs)
      inputs.push_back(input == model::kAbsent ? nullptr : value(input).data.data());
    std::vector<Tensor> outputs;
    std::vector<std::byte*> output_bytes;
    for (const int output : node.outputs) {
      folded_bytes_ += static_cast<size_t>(value(output).bytes());
      if (folded_bytes_ > graph_.max_bytes) {
        return view.Fail(Code::kResourceExhausted, "computed constants take more than " +
                                                       std::to_string(graph_.max_bytes) + " bytes");
      }
      output_bytes.push_back(
          outputs.emplace_back(value(output).type, value(output).shape).bytes().data());
    }
    Tensor scratch(Type::kUInt8, {static_cast<int64_t>(node.prepared.scratch_bytes)});
    const ops::Run run = node.prepared.pack ? node.prepared.pack().run : node.prepared.run;
    const Status status =
        run({.inputs = inputs, .outputs = output_bytes, .scratch = scratch.bytes().data()});
    if (!status) return view.Fail(status.error().code, status.error().message);
    return outputs;
  }

  void SetConstants(const WorkNode& node, std::vector<Tensor> tensors) {
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      Value& output = value(node.outputs[i]);
      output.owner = std::make_shared<const Tensor>(std::move(tensors[i]));
      output.data = output.owner->bytes();
      output.is_constant = true;
    }
  }

  WorkGraph& graph_;
  std::vector<bool> ready_;
  size_t folded_bytes_ = 0;
};

}  // namespace

Status PrepareNodes(WorkGraph& graph) { return NodePreparer(graph).PrepareAll(); }

}  // namespace brink::engine
