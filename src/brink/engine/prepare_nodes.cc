// The pass PrepareNodes of passes.h.
#include <algorithm>

#include "brink/base/pages.h"
#include "brink/engine/passes.h"
#include "brink/model/file_pages.h"

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
  NodePreparer(WorkGraph& graph, NestedPlanner& planner, PlanBudget& budget)
      : graph_(graph), planner_(planner), budget_(budget), ready_(graph.values.size()) {
    for (const int input : graph.inputs) ready_[static_cast<size_t>(input)] = true;
    for (size_t i = 0; i < graph.values.size(); ++i)
      ready_[i] = ready_[i] || graph.values[i].is_constant || graph.values[i].is_variable;
  }

  Status PrepareAll() {
    NodeFilter kept(graph_.nodes);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      WorkNode& node = graph_.nodes[i];
      BRINK_ASSIGN(const bool known, PrepareOne(node));
      for (const int output : node.outputs) ready_[static_cast<size_t>(output)] = true;
      if (!known) kept.Keep(i);
    }
    kept.Finish();
    for (const int output : graph_.outputs) MakeNow(value(output));
    return {};
  }

 private:
  Value& value(int index) { return graph_.values[static_cast<size_t>(index)]; }

  static bool IsSupported(const Value& value) {
    return TypeBits(value.type) > 0 || value.type == Type::kString ||
           (value.type == Type::kResource && value.is_constant);
  }

  Status CheckReadable(const NodeView& view, const WorkNode& node) {
    for (const int input : node.inputs) {
      if (input == model::kAbsent) continue;
      const Value& read = value(input);
      const auto what = [&] { return view.Describe(read) + " ('" + std::string(read.name) + "')"; };
      if (read.sparsity != nullptr && !node.op->reads_sparse)
        return view.Unsupported(what() + " is a sparse constant");
      if (!ready_[static_cast<size_t>(input)])
        return view.Invalid(what() + " is read before anything sets it");
      if (!IsSupported(read)) {
        return view.Unsupported(what() + ": type " + std::string(TypeName(read.type)) +
                                " is not supported");
      }
    }
    for (const int output : node.outputs) {
      const Value& made = value(output);
      if (made.is_variable)
        return view.Unsupported(view.Describe(made) + " is a variable tensor, only inputs may be");
      if (!IsSupported(made) && made.type != Type::kResource) {
        return view.Unsupported(view.Describe(made) + ": type " + std::string(TypeName(made.type)) +
                                " is not supported");
      }
    }
    return {};
  }

  bool ReadsDynamic(const WorkNode& node) {
    return std::any_of(node.inputs.begin(), node.inputs.end(), [&](int input) {
      return input != model::kAbsent && value(input).is_dynamic;
    });
  }

  // Whether the node can do with an input's Value::late.
  bool CanWait(const WorkNode& node, size_t input) {
    if (node.op->is_late) return true;
    if (node.op->late_input != static_cast<int>(input) || ReadsDynamic(node)) return false;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != model::kAbsent && value(node.inputs[i]).is_constant != (i > 0))
        return false;
    }
    return true;
  }

  static void MakeNow(Value& value) {
    if (value.late == nullptr) return;
    Tensor made(value.type, value.shape);
    ClaimPages(made.bytes());
    (*value.late)(made.bytes().data());
    value.owner = std::make_shared<const Tensor>(std::move(made));
    value.data = value.owner->bytes();
    value.late = nullptr;
  }

  void MakeInputs(const WorkNode& node) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != model::kAbsent && !CanWait(node, i)) MakeNow(value(node.inputs[i]));
    }
  }

  // The output of a node whose input is a constant, to be computed when weights are packed of it.
  void SetLate(const WorkNode& node) {
    const Value& input = value(node.inputs[0]);
    Value& output = value(node.outputs[0]);
    output.late = std::make_shared<const ops::LateBytes>([run = node.prepared.run, input,
                                                          model = graph_.model](std::byte* to) {
      std::vector<std::byte> made;
      const std::byte* from = input.data.data();
      if (input.late != nullptr) {
        made.resize(static_cast<size_t>(input.bytes()));
        (*input.late)(made.data());
        from = made.data();
      }
      FetchPages(input.data);
      static_cast<void>(run({.inputs = {&from, 1}, .outputs = {&to, 1}}));  // see OpDef::is_late
      model::ReleaseFilePages(*model, input.data);  // packed weights take their place
    });
    output.is_constant = true;
  }

  // Leaves the node to each run.
  void Defer(WorkNode& node) {
    node.is_deferred = true;
    node.prepared = {};
    for (const int input : node.inputs) {
      if (input != model::kAbsent) MakeNow(value(input));
    }
    for (const int output : node.outputs) value(output).is_dynamic = true;
  }

  // Takes over the shapes that the operator found, within the limits.
  Status SetShapes(const NodeView& view, const WorkNode& node) {
    if (node.prepared.shapes.size() != node.outputs.size())
      return view.Fail(Code::kInternal, "outputs without a shape");
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      const Result<Shape> shape = Shape::Make(node.prepared.shapes[i].dims());
      if (!shape) return view.Invalid("output " + std::to_string(i) + ": " + shape.error().message);
      value(node.outputs[i]).is_dynamic = !shape->known();
      if (!shape->known()) continue;
      const int64_t bytes = PackedBytes(value(node.outputs[i]).type, shape->elements());
      if (bytes < 0 || static_cast<uint64_t>(bytes) > graph_.max_bytes) {
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
    MakeInputs(node);
    NodeView view = ViewOf(graph_, node);
    view.graphs = &planner_;
    BRINK_TRY(CheckReadable(view, node));
    if (ReadsDynamic(node)) {
      Defer(node);
      return false;
    }
    Result<Prepared> prepared = node.op->prepare(view);
    if (!prepared && view.wanted_constants() != 0) {
      Defer(node);
      return false;
    }
    if (!prepared) return Fail(std::move(prepared.error()));
    node.prepared = *std::move(prepared);
    BRINK_TRY(SetShapes(view, node));
    if (!node.prepared.known.empty()) {
      SetConstants(node, std::move(node.prepared.known));
      return true;
    }
    const bool constant = std::all_of(node.inputs.begin(), node.inputs.end(), [&](int input) {
      return input == model::kAbsent || value(input).is_constant;
    });
    const bool has_shapes = std::none_of(node.outputs.begin(), node.outputs.end(),
                                         [&](int output) { return value(output).is_dynamic; });
    if (!constant || !has_shapes || !node.op->foldable || node.prepared.macs > kMostFoldedMacs)
      return false;
    BRINK_TRY(Charge(view, node));
    if (node.op->is_late) {
      SetLate(node);
      return true;
    }
    BRINK_ASSIGN(std::vector<Tensor> outputs, Compute(view, node));
    SetConstants(node, std::move(outputs));
    return true;
  }

  Status Charge(const NodeView& view, const WorkNode& node) {
    for (const int output : node.outputs)
      budget_.folded_bytes += static_cast<size_t>(value(output).bytes());
    if (budget_.folded_bytes <= graph_.max_bytes) return {};
    return view.Fail(Code::kResourceExhausted, "computed constants take more than " +
                                                   std::to_string(graph_.max_bytes) + " bytes");
  }

  Result<std::vector<Tensor>> Compute(const NodeView& view, const WorkNode& node) {
    std::vector<const std::byte*> inputs;
    for (const int input : node.inputs)
      inputs.push_back(input == model::kAbsent ? nullptr : value(input).data.data());
    std::vector<Tensor> outputs;
    std::vector<std::byte*> output_bytes;
    for (const int output : node.outputs) {
      const TensorView made =
          ElementsOf(outputs.emplace_back(value(output).type, value(output).shape));
      ClaimPages(made.bytes);
      output_bytes.push_back(made.bytes.data());
    }
    Tensor scratch(Type::kUInt8, {static_cast<int64_t>(node.prepared.scratch_bytes)});
    const ops::Run run = node.prepared.Ready();
    const Status status =
        run({.inputs = inputs, .outputs = output_bytes, .scratch = scratch.bytes().data()});
    if (!status) return view.Fail(status.error().code, status.error().message);
    return outputs;
  }

  void SetConstants(const WorkNode& node, std::vector<Tensor> tensors) {
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      Value& output = value(node.outputs[i]);
      output.owner = std::make_shared<const Tensor>(std::move(tensors[i]));
      output.data = ElementsOf(*output.owner).bytes;
      output.is_constant = true;
    }
  }

  WorkGraph& graph_;
  NestedPlanner& planner_;
  PlanBudget& budget_;
  std::vector<bool> ready_;
};

}  // namespace

Status PrepareNodes(WorkGraph& graph, NestedPlanner& planner, PlanBudget& budget) {
  return NodePreparer(graph, planner, budget).PrepareAll();
}

}  // namespace brink::engine
