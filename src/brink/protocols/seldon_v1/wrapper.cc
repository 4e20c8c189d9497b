#include "brink/protocols/seldon_v1/wrapper.h"

#include <iterator>
#include <utility>

#include "brink/api/ndarray.h"

namespace brink::protocols::seldon_v1 {
namespace {

api::Meta MergeMessages(const std::vector<api::Message>& messages) {
  api::Meta merged;
  if (messages.empty()) return merged;
  merged.puid = messages.front().meta.puid;
  for (const api::Message& message : messages) {
    const api::Meta& meta = message.meta;
    for (const auto& [key, tag] : meta.tags) merged.tags.insert_or_assign(key, tag);
    for (const auto& [unit, image] : meta.request_path) {
      merged.request_path.insert_or_assign(unit, image);
    }
    merged.metrics.insert(merged.metrics.end(), meta.metrics.begin(), meta.metrics.end());
  }
  return merged;
}

// The component's own meta joins the request's.
void MergeMeta(RequestFacts& facts, api::Meta own, const SeldonOptions& options) {
  api::Meta& meta = facts.meta;
  meta.routing.clear();
  for (auto& [key, tag] : own.tags) meta.tags.insert_or_assign(key, std::move(tag));
  if (!options.unit_id.empty()) meta.request_path.emplace(options.unit_id, options.image);
  if (!options.metrics_in_response) return;
  for (api::Metric& metric : own.metrics) {
    // Counting a metric labels it with the method, and where it has tags that shows.
    if (!metric.tags.empty()) metric.tags.insert_or_assign("method", std::string(facts.method));
    meta.metrics.push_back(std::move(metric));
  }
}

tl::unexpected<Error> NotAnAnswer() {
  return Fail(Code::kInvalidArgument,
              "Unknown data type returned as payload (must be list or np array)");
}

// Several outputs have no place in `data`: they go as an object, a nested list under each name.
api::Payload NameOutputs(const api::Tensors& tensors) {
  json::Object object;
  for (const api::NamedTensor& item : tensors.items) {
    object[item.name] = api::ToNested(item.tensor);
  }
  return json::Value(std::move(object));
}

// Turns JSON that is no object into what Seldon takes it for, and counts outputs.
Result<api::Payload> Normalise(api::Payload payload) {
  if (auto* tensors = std::get_if<api::Tensors>(&payload)) {
    if (tensors->items.empty()) return NotAnAnswer();
    return tensors->items.size() == 1 ? std::move(payload) : NameOutputs(*tensors);
  }
  if (auto* value = std::get_if<json::Value>(&payload)) {
    if (value->is<json::Object>()) return payload;
    if (auto* text = value->get<std::string>()) return api::Payload(api::Text{std::move(*text)});
    if (value->is<json::Array>()) return api::FromAnsweredList(std::move(*value));
    return NotAnAnswer();
  }
  if (std::holds_alternative<std::monostate>(payload)) return NotAnAnswer();
  if (std::holds_alternative<api::Any>(payload)) return NotAnAnswer();
  return payload;
}

bool IsNumeric(Type type) { return type != Type::kBool && type != Type::kString; }

bool HasWireForm(Type type) {
  return type != Type::kComplex64 && type != Type::kComplex128 && type != Type::kResource &&
         type != Type::kVariant && type != Type::kInt4;
}

// Columns are named from two dimensions on: as the component says, else by number.
void SetNames(WireAnswer& answer, const Shape& shape, std::vector<std::string> columns) {
  if (shape.rank() < 2) return;
  answer.generated_names = columns.empty() ? shape[1] : 0;
  answer.names = std::move(columns);
}

}  // namespace

RequestFacts FactsOf(const WireRequest& request) {
  RequestFacts facts;
  facts.method = api::MethodLabel(request.infer.method);
  facts.form = request.form;
  switch (request.infer.method) {
    case api::Method::kAggregate:
      facts.meta = MergeMessages(request.infer.messages);
      break;
    case api::Method::kRoute:
    case api::Method::kSendFeedback:
      facts.meta.puid = request.infer.message.meta.puid;
      break;
    default:
      facts.meta = request.infer.message.meta;
  }
  return facts;
}

Result<WireAnswer> WrapAnswer(RequestFacts facts, api::InferResponse response,
                              const SeldonOptions& options, std::vector<api::Metric>& metrics) {
  metrics = response.message.meta.metrics;
  BRINK_ASSIGN(api::Payload payload, Normalise(std::move(response.message.payload)));
  WireAnswer answer;
  answer.form = facts.form == DataForm::kNone ? DataForm::kTensor : facts.form;
  if (auto* tensors = std::get_if<api::Tensors>(&payload)) {
    const Tensor& tensor = tensors->items.front().tensor;
    if (!HasWireForm(tensor.type())) {
      return Fail(Code::kInternal, std::string(TypeName(tensor.type())) + " has no JSON form");
    }
    if (!IsNumeric(tensor.type())) answer.form = DataForm::kNdarray;
    SetNames(answer, tensor.shape(), std::move(tensors->columns));
  } else if (auto* objects = std::get_if<api::Objects>(&payload)) {
    answer.form = DataForm::kNdarray;
    SetNames(answer, api::NestedShape(objects->nested), std::move(objects->columns));
  }
  MergeMeta(facts, std::move(response.message.meta), options);
  answer.message.meta = std::move(facts.meta);
  answer.message.payload = std::move(payload);
  return answer;
}

}  // namespace brink::protocols::seldon_v1
