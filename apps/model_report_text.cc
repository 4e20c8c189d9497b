#include <algorithm>
#include <map>

#include "metadata_report.h"
#include "model_report.h"
#include "report_words.h"

namespace brink::apps {
namespace {

std::string QuantizationText(const QuantizationView& quantization) {
  if (quantization.empty()) return "";
  if (quantization.per_channel()) {
    return "  " + std::to_string(quantization.scale.size()) + " scales along axis " +
           std::to_string(quantization.axis);
  }
  const int64_t zero_point = quantization.zero_point.empty() ? 0 : quantization.zero_point[0];
  return "  scale " + Number(quantization.scale[0]) + " zero point " + std::to_string(zero_point);
}

std::string TensorText(const model::TensorInfo& tensor) {
  std::string text = Shown(tensor.name) + "  " + std::string(TypeName(tensor.type)) + " " +
                     tensor.shape_signature().ToString() + QuantizationText(tensor.quantization);
  if (tensor.is_constant) text += "  constant, " + Bytes(tensor.data.size());
  if (tensor.is_variable) text += "  variable";
  return text + "\n";
}

std::string OperatorCounts(const model::Graph& graph) {
  std::map<std::string, int> counts;
  for (const model::Node& node : graph.nodes) {
    ++counts[Shown(model::OperatorName(node.code, node.custom_name))];
  }
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [name, count] : sorted) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name;
  }
  return text.empty() ? "none" : text;
}

std::string Indices(const std::vector<int>& indices) {
  std::string text;
  for (const int index : indices) {
    text += (text.empty() ? "" : " ") + (index == model::kAbsent ? "-" : std::to_string(index));
  }
  return "(" + text + ")";
}

std::string EveryPart(const model::Graph& graph) {
  std::string text = "  tensors\n";
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    text += "    " + std::to_string(i) + "  " + TensorText(graph.tensors[i]);
  }
  text += "  operators\n";
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const model::Node& node = graph.nodes[i];
    text += "    " + std::to_string(i) + "  " +
            Shown(model::OperatorName(node.code, node.custom_name)) + " v" +
            std::to_string(node.version) + "  " + Indices(node.inputs) + " -> " +
            Indices(node.outputs) + "\n";
  }
  return text;
}

std::string GraphText(const model::Graph& graph, bool all) {
  size_t constant_bytes = 0;
  for (const model::TensorInfo& tensor : graph.tensors) {
    constant_bytes += tensor.is_constant ? tensor.data.size() : 0;
  }
  std::string text;
  for (const int index : graph.inputs) text += "  input      " + TensorText(graph.tensors[index]);
  for (const int index : graph.outputs) text += "  output     " + TensorText(graph.tensors[index]);
  text += "  operators  " + OperatorCounts(graph) + "\n";
  text += "  tensors    " + std::to_string(graph.tensors.size()) + ", " + Bytes(constant_bytes) +
          " constant\n";
  return all ? text + EveryPart(graph) : text;
}

std::string BindingsText(const model::Graph& graph,
                         const std::vector<model::Signature::Binding>& bindings) {
  std::string text;
  for (const auto& binding : bindings) {
    text += (text.empty() ? "" : ", ") + Shown(binding.name) + " = " +
            Shown(graph.tensors[binding.tensor].name);
  }
  return text;
}

}  // namespace

std::string ReportText(const ModelReport& report, bool all) {
  const model::Model& model = report.model;
  std::string text = Shown(report.path) + "  " + Bytes(report.file_bytes) + "\n";
  text += "sha256       " + report.sha256 + "\n";
  if (!model.description.empty()) text += "description  " + Shown(model.description) + "\n";
  for (size_t i = 0; i < model.graphs.size(); ++i) {
    const std::string name = Shown(model.graphs[i].name);
    text += "graph " + std::to_string(i) + (name.empty() ? "" : "  " + name) + "\n";
    text += GraphText(model.graphs[i], all);
  }
  for (const model::Signature& signature : model.signatures) {
    const model::Graph& graph = model.graphs[signature.graph];
    text += "signature " + Shown(signature.key) + "\n  inputs     " +
            BindingsText(graph, signature.inputs) + "\n  outputs    " +
            BindingsText(graph, signature.outputs) + "\n";
  }
  text += MetadataText(model);
  text += "card         " + (report.card.empty() ? "none" : Shown(report.card)) + "\n";
  if (!report.no_card.empty()) text += "  the metadata makes none: " + Shown(report.no_card) + "\n";
  if (!report.plan) return text + "does not run here: " + Shown(report.plan.error().message) + "\n";
  return text + "runs here    arena " + Bytes(report.plan->arena_bytes) + ", packed weights " +
         Bytes(report.plan->weights_bytes) + "\n";
}

}  // namespace brink::apps
