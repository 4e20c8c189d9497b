#include "brink/verify/check.h"

#include <algorithm>
#include <map>

#include "brink/base/thread_pool.h"
#include "brink/engine/session.h"
#include "brink/tensor/elements.h"
#include "brink/verify/npy.h"

namespace brink::verify {
namespace {

constexpr int kRuns = 3;

// Inputs and outputs: the names of their files and the tensors that they bind.
struct Bindings {
  int graph = 0;
  std::map<std::string, int> inputs;
  std::vector<std::pair<std::string, int>> outputs;
};

Result<Bindings> FindBindings(const model::Model& model, const Case& recorded) {
  Bindings bindings;
  if (recorded.signature.empty()) {
    const model::Graph& graph = model.graphs[0];
    for (size_t i = 0; i < graph.inputs.size(); ++i)
      bindings.inputs[std::to_string(i)] = graph.inputs[i];
    for (size_t i = 0; i < graph.outputs.size(); ++i)
      bindings.outputs.emplace_back(std::to_string(i), graph.outputs[i]);
    return bindings;
  }
  for (const model::Signature& signature : model.signatures) {
    if (signature.key != recorded.signature) continue;
    bindings.graph = signature.graph;
    for (const auto& input : signature.inputs) bindings.inputs["_" + input.name] = input.tensor;
    for (const auto& output : signature.outputs)
      bindings.outputs.emplace_back("_" + output.name, output.tensor);
    return bindings;
  }
  return Fail(Code::kNotFound, "no signature " + recorded.signature);
}

// The recorded inputs by tensor.
Result<std::map<int, Tensor>> LoadInputs(const Case& recorded, const Bindings& bindings) {
  std::map<int, Tensor> inputs;
  for (const auto& [name, tensor] : bindings.inputs) {
    BRINK_ASSIGN(inputs[tensor], ReadNpy(recorded.folder + "/in" + name + ".npy"));
  }
  return inputs;
}

Status Fill(engine::Session& session, const model::Graph& graph,
            const std::map<int, Tensor>& inputs) {
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    const TensorView to = session.input(static_cast<int>(i));
    const auto from = inputs.find(graph.inputs[i]);
    if (from == inputs.end())
      return Fail(Code::kNotFound, "no recorded input " + std::to_string(i));
    const ConstTensorView given = ElementsOf(from->second);
    if (given.type != to.type || given.bytes.size() != to.bytes.size()) {
      return Fail(Code::kInvalidArgument,
                  "input " + std::to_string(i) + ": recorded " + std::string(TypeName(given.type)) +
                      " " + given.shape.ToString() + ", model wants " +
                      std::string(TypeName(to.type)) + " " + to.shape.ToString());
    }
    CopyElements(given, to);
  }
  return {};
}

engine::PlanOptions OptionsFor(const model::Graph& graph, const Bindings& bindings,
                               const std::map<int, Tensor>& inputs) {
  engine::PlanOptions options{.graph = bindings.graph};
  for (const auto& [tensor, value] : inputs) {
    const model::TensorInfo& info = graph.tensors[static_cast<size_t>(tensor)];
    if (!(info.shape == value.shape()))
      options.input_shapes[std::string(info.name)] = value.shape();
  }
  for (const auto& [name, tensor] : bindings.outputs) {
    options.outputs.emplace_back(graph.tensors[static_cast<size_t>(tensor)].name);
  }
  return options;
}

bool IsWorse(const Verdict& a, const Verdict& b) {
  if (a.wrong.empty() != b.wrong.empty()) return !a.wrong.empty();
  return a.rmse > b.rmse;
}

Status JudgeOutputs(const Case& recorded, const Bindings& bindings, const engine::Session& session,
                    int run, std::vector<OutputReport>& reports) {
  for (size_t i = 0; i < bindings.outputs.size(); ++i) {
    BRINK_ASSIGN(const auto recordings, LoadRecordings(recorded, bindings.outputs[i].first, run));
    const ConstTensorView output = session.output(static_cast<int>(i));
    const engine::TensorSpec& spec = session.plan().outputs()[i];
    Verdict verdict = Judge({.quantised = recorded.quantised,
                             .single_operator = recorded.single_operator,
                             .has_scale = !spec.quantization.empty()},
                            output, recordings);
    if (run == 0) {
      reports.push_back({spec.name, output.type, output.shape, std::move(verdict)});
    } else if (IsWorse(verdict, reports[i].verdict)) {
      reports[i].verdict = std::move(verdict);
    }
  }
  return {};
}

Status CheckInto(const Case& recorded, int threads, std::vector<OutputReport>& reports) {
  BRINK_ASSIGN(const auto model, model::ReadModel(recorded.model));
  BRINK_ASSIGN(const Bindings bindings, FindBindings(*model, recorded));
  const model::Graph& graph = model->graphs[static_cast<size_t>(bindings.graph)];
  BRINK_ASSIGN(const auto inputs, LoadInputs(recorded, bindings));
  engine::PlanOptions options = OptionsFor(graph, bindings, inputs);
  options.threads = threads;
  BRINK_ASSIGN(const auto plan, engine::Plan::Build(model, options));
  ThreadPool pool(threads);
  BRINK_ASSIGN(const auto session, engine::Session::Create(plan, threads > 1 ? &pool : nullptr));
  for (int run = 0; run < kRuns; ++run) {
    BRINK_TRY(Fill(*session, graph, inputs));
    BRINK_TRY(session->Run());
    BRINK_TRY(JudgeOutputs(recorded, bindings, *session, run, reports));
  }
  return {};
}

}  // namespace

std::string Report::Wrong() const {
  if (error) return error->message;
  for (const OutputReport& output : outputs) {
    if (!output.verdict.wrong.empty())
      return "output '" + output.name + "': " + output.verdict.wrong;
  }
  return "";
}

Report Check(const Case& recorded, int threads) {
  Report report{.name = recorded.name, .outputs = {}, .error = {}};
  const Status status = CheckInto(recorded, threads, report.outputs);
  if (!status) report.error = status.error();
  return report;
}

Rules RulesOf(const model::Model& model) {
  Rules rules;
  size_t nodes = 0;
  for (const model::Graph& graph : model.graphs) {
    nodes += graph.nodes.size();
    for (const model::TensorInfo& tensor : graph.tensors) {
      rules.quantised = rules.quantised || !tensor.quantization.empty();
    }
  }
  rules.single_operator = nodes == 1;
  return rules;
}

}  // namespace brink::verify
