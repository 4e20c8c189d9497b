#include "brink/api/component_predictor.h"

#include <cmath>
#include <exception>
#include <utility>

#include "brink/api/ndarray.h"

namespace brink::api {
namespace {

void SetColumns(Payload& payload, std::vector<std::string> columns) {
  if (auto* tensors = std::get_if<Tensors>(&payload)) tensors->columns = std::move(columns);
  if (auto* objects = std::get_if<Objects>(&payload)) objects->columns = std::move(columns);
}

// Columns that the input had are the model's business; the answer's are class names or none.
void DropColumns(Payload& payload) { SetColumns(payload, {}); }

// A list that a component answered becomes the array it means.
Status ListToArray(Payload& payload) {
  auto* list = std::get_if<json::Value>(&payload);
  if (list == nullptr || !list->is<json::Array>()) return {};
  auto array = FromAnsweredList(std::move(*list));
  if (!array) return Fail(Code::kInternal, "the component's answer: " + array.error().message);
  payload = std::move(*array);
  return {};
}

std::optional<Refusal> RefuseBadMetrics(const std::vector<Metric>& metrics) {
  for (const Metric& metric : metrics) {
    if (!metric.key.empty() && std::isfinite(metric.value)) continue;
    return Refusal{.http_status = 500,
                   .reason = "MICROSERVICE_BAD_METRIC",
                   .info = "Bad metric created during request: '" + metric.key +
                           "' wants a key and a finite value"};
  }
  return std::nullopt;
}

Feedback ToFeedback(InferRequest request, const std::string& unit_id) {
  Feedback feedback{.request = std::move(request.message),
                    .response = std::move(request.response),
                    .truth = std::move(request.truth),
                    .reward = request.reward,
                    .routing = {}};
  const auto& routing = feedback.response.meta.routing;
  if (const auto found = routing.find(unit_id); found != routing.end()) {
    feedback.routing = found->second;
  }
  return feedback;
}

}  // namespace

ComponentPredictor::ComponentPredictor(std::unique_ptr<Component> component,
                                       ComponentOptions options)
    : component_(std::move(component)), options_(std::move(options)) {
  if (options_.unit_id.empty()) options_.unit_id = "0";
}

void ComponentPredictor::Predict(InferRequest request, Context, Callback done) {
  // std::function wants what it holds to be copyable; the request is not.
  auto held = std::make_shared<InferRequest>(std::move(request));
  Run([this, held] { return Dispatch(std::move(*held)); }, std::move(done));
}

void ComponentPredictor::HealthStatus(Callback done) {
  Run(
      [this]() -> Result<InferResponse> {
        BRINK_ASSIGN(Answer answer, component_->HealthStatus());
        return Complete(std::move(answer));
      },
      std::move(done));
}

void ComponentPredictor::Run(Call call, Callback done) {
  auto task = [this, call = std::move(call), done = std::move(done)] {
    Result<InferResponse> result = [&]() -> Result<InferResponse> {
      std::unique_lock lock(mutex_, std::defer_lock);
      if (options_.serialized) lock.lock();
      try {
        return call();
      } catch (const std::exception& error) {
        return Fail(Code::kInternal, error.what());
      }
    }();
    done(std::move(result));
  };
  if (options_.executor) {
    options_.executor(std::move(task));
  } else {
    task();
  }
}

Result<InferResponse> ComponentPredictor::Dispatch(InferRequest request) {
  if (request.raw) return DispatchRaw(std::move(request));
  if (request.method == Method::kRoute) return DispatchRoute(std::move(request.message));
  BRINK_ASSIGN(Answer answer, Ask(std::move(request)));
  return Complete(std::move(answer));
}

Result<InferResponse> ComponentPredictor::DispatchRaw(InferRequest request) {
  Raw raw;
  if (auto* bytes = std::get_if<Bytes>(&request.message.payload)) {
    raw = std::move(*bytes);
  } else if (auto* json = std::get_if<json::Value>(&request.message.payload)) {
    raw = std::move(*json);
  }
  BRINK_ASSIGN(Raw answer, component_->HandleRaw(request.method, std::move(raw)));
  InferResponse response;
  response.raw = true;
  std::visit([&](auto& held) { response.message.payload = std::move(held); }, answer);
  return response;
}

Result<InferResponse> ComponentPredictor::DispatchRoute(Message input) {
  BRINK_ASSIGN(Branch branch, component_->Route(std::move(input)));
  Tensors tensors;
  tensors.items.push_back({.name = "", .tensor = Tensor(Type::kInt64, {1, 1})});
  tensors.items[0].tensor.as<int64_t>()[0] = branch.child;
  return Complete({.payload = std::move(tensors),
                   .tags = std::move(branch.tags),
                   .metrics = std::move(branch.metrics),
                   .refusal = {}});
}

Result<Answer> ComponentPredictor::Ask(InferRequest request) {
  switch (request.method) {
    case Method::kTransformInput:
      return component_->TransformInput(std::move(request.message));
    case Method::kTransformOutput:
      return component_->TransformOutput(std::move(request.message));
    case Method::kAggregate:
      return component_->Aggregate(std::move(request.messages));
    case Method::kSendFeedback:
      return component_->SendFeedback(ToFeedback(std::move(request), options_.unit_id));
    default:
      return component_->Predict(std::move(request.message));
  }
}

Result<InferResponse> ComponentPredictor::Complete(Answer answer) {
  InferResponse response;
  response.refusal = std::move(answer.refusal);
  if (response.refusal) return response;
  Message& message = response.message;
  message.meta.tags = component_->GetTags();
  for (auto& [key, value] : answer.tags) message.meta.tags.insert_or_assign(key, std::move(value));
  message.meta.metrics = component_->GetMetrics();
  for (Metric& metric : answer.metrics) message.meta.metrics.push_back(std::move(metric));
  response.refusal = RefuseBadMetrics(message.meta.metrics);
  if (response.refusal) return response;
  message.payload = std::move(answer.payload);
  BRINK_TRY(ListToArray(message.payload));
  DropColumns(message.payload);
  if (auto names = component_->ClassNames()) SetColumns(message.payload, std::move(*names));
  return response;
}

ModelDescription ComponentPredictor::Describe() const {
  ModelDescription description;
  description.seldon_metadata = component_->Metadata();
  return description;
}

bool ComponentPredictor::TakesRaw(Method method) const { return component_->TakesRaw(method); }

}  // namespace brink::api
