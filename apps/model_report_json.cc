#include "metadata_report.h"
#include "model_report.h"

namespace brink::apps {
namespace {

template <class Items, class F>
json::Array ArrayOf(const Items& items, const F& value_of) {
  json::Array array;
  for (const auto& item : items) array.emplace_back(value_of(item));
  return array;
}

json::Value Integers(const auto& numbers) {
  return ArrayOf(numbers, [](auto number) { return json::Value(int64_t{number}); });
}

json::Value Count(size_t number) { return static_cast<int64_t>(number); }

json::Value QuantizationJson(const QuantizationView& quantization) {
  if (quantization.empty()) return nullptr;
  return json::Object{
      {"scale", ArrayOf(quantization.scale, [](float s) { return json::Value(double{s}); })},
      {"zero_point", Integers(quantization.zero_point)},
      {"axis", quantization.axis}};
}

json::Value TensorJson(const model::TensorInfo& tensor) {
  return json::Object{
      {"name", tensor.name},
      {"type", TypeName(tensor.type)},
      {"shape", Integers(tensor.shape.dims())},
      {"shape_signature", Integers(tensor.shape_signature().dims())},
      {"quantization", QuantizationJson(tensor.quantization)},
      {"constant_bytes", tensor.is_constant ? Count(tensor.data.size()) : json::Value()},
      {"variable", tensor.is_variable}};
}

json::Value NodeJson(const model::Node& node) {
  return json::Object{{"operator", model::OperatorName(node.code, node.custom_name)},
                      {"version", node.version},
                      {"inputs", Integers(node.inputs)},
                      {"outputs", Integers(node.outputs)}};
}

json::Value GraphJson(const model::Graph& graph) {
  return json::Object{{"name", graph.name},
                      {"inputs", Integers(graph.inputs)},
                      {"outputs", Integers(graph.outputs)},
                      {"tensors", ArrayOf(graph.tensors, TensorJson)},
                      {"operators", ArrayOf(graph.nodes, NodeJson)}};
}

json::Value BindingsJson(const std::vector<model::Signature::Binding>& bindings) {
  json::Object object;
  for (const auto& binding : bindings) object[binding.name] = binding.tensor;
  return object;
}

json::Value SignatureJson(const model::Signature& signature) {
  return json::Object{{"key", signature.key},
                      {"graph", signature.graph},
                      {"inputs", BindingsJson(signature.inputs)},
                      {"outputs", BindingsJson(signature.outputs)}};
}

json::Value PlanJson(const Result<PlanSummary>& plan) {
  if (!plan) return json::Object{{"error", plan.error().message}};
  return json::Object{{"arena_bytes", Count(plan->arena_bytes)},
                      {"weights_bytes", Count(plan->weights_bytes)}};
}

}  // namespace

json::Value ReportJson(const ModelReport& report) {
  const model::Model& model = report.model;
  return json::Object{
      {"path", report.path},
      {"bytes", Count(report.file_bytes)},
      {"sha256", report.sha256},
      {"description", model.description},
      {"version", static_cast<int64_t>(model.version)},
      {"graphs", ArrayOf(model.graphs, GraphJson)},
      {"signatures", ArrayOf(model.signatures, SignatureJson)},
      {"metadata",
       ArrayOf(
           model.metadata,
           [](const model::Metadata& metadata) {
             return json::Object{{"name", metadata.name}, {"bytes", Count(metadata.data.size())}};
           })},
      {"model_metadata", MetadataJson(model)},
      {"plan", PlanJson(report.plan)},
      {"card", report.card.empty() ? json::Value() : json::Value(report.card)},
      {"no_card", report.no_card.empty() ? json::Value() : json::Value(report.no_card)}};
}

}  // namespace brink::apps
