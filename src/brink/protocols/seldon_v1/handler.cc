#include "brink/protocols/seldon_v1/handler.h"

#include <chrono>
#include <new>
#include <utility>
#include <vector>

#include "brink/base/json.h"
#include "brink/protocols/seldon_v1/cors.h"
#include "brink/protocols/seldon_v1/decode.h"
#include "brink/protocols/seldon_v1/encode.h"
#include "brink/protocols/seldon_v1/meta_decoder.h"
#include "brink/protocols/seldon_v1/metadata.h"
#include "brink/protocols/seldon_v1/openapi.h"
#include "brink/protocols/seldon_v1/puid.h"
#include "brink/protocols/seldon_v1/routes.h"
#include "brink/protocols/seldon_v1/wrapper.h"
#include "brink/protocols/status_codes.h"

namespace brink::protocols::seldon_v1 {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kBadMetadata = "MICROSERVICE_BAD_METADATA";

HttpResponse Failure(int status, std::string_view info, std::string_view reason) {
  return {.status = status, .body = EncodeFailure(info, reason)};
}

HttpResponse Plain(std::string_view content_type, std::string body) {
  return {.content_type = std::string(content_type), .body = std::move(body)};
}

// The HTTP status that a raw answer names: {"status": {"code": 402}}.
int StatusOf(const json::Value& answer) {
  const json::Value* status = answer.Find("status");
  const json::Value* code = status != nullptr ? status->Find("code") : nullptr;
  const auto* number = code != nullptr ? code->get<int64_t>() : nullptr;
  return number != nullptr && *number >= 200 && *number < 600 ? static_cast<int>(*number) : 200;
}

// The reward of a feedback that a component takes raw; what is no number is none.
float RewardOf(const json::Value& feedback) {
  const json::Value* reward = feedback.Find("reward");
  if (reward == nullptr) return 0;
  if (const auto* real = reward->get<double>()) return static_cast<float>(*real);
  const auto* whole = reward->get<int64_t>();
  return whole != nullptr ? static_cast<float>(*whole) : 0;
}

// The metrics of a raw answer; they leave it where answers are to have none.
std::vector<api::Metric> TakeMetrics(json::Value& answer, bool keep) {
  auto* object = answer.get<json::Object>();
  const auto meta = object != nullptr ? object->find("meta") : json::Object::iterator();
  if (object == nullptr || meta == object->end()) return {};
  auto* members = meta->second.get<json::Object>();
  if (members == nullptr) return {};
  const auto found = members->find("metrics");
  if (found == members->end()) return {};
  auto metrics = ReadMetrics(found->second);
  if (!keep) members->erase(found);
  return metrics ? std::move(*metrics) : std::vector<api::Metric>();
}

}  // namespace

// One request on its way; shared with the callback that ends it.
struct SeldonHandler::Call {
  HttpResponder respond;
  const Route* route = nullptr;
  RequestFacts facts;
  std::string verb;          // "post"
  std::string unknown_path;  // where there is no route
  std::string origin;
  std::string puid;
  bool raw = false;
  size_t request_bytes = 0;
  Clock::time_point start;
  Clock::time_point asked;           // when the component was; epoch: not yet
  Clock::time_point answered;        // when it had; epoch: not yet
  std::vector<api::Metric> metrics;  // the component's own
  std::optional<float> reward;
};

// The client's id goes on as the request's, in meta before in a header, where it may.
void SeldonHandler::AdoptPuid(const std::string& puid, Call& call) {
  if (IsHeaderSafe(puid)) call.puid = puid;
}

SeldonHandler::SeldonHandler(api::Predictor& predictor, SeldonOptions options,
                             api::Observer* observer)
    : predictor_(predictor),
      options_(std::move(options)),
      observer_(observer),
      openapi_(OpenApiDocument()),
      docs_(DocumentationPage()) {}

void SeldonHandler::Handle(HttpRequest request, HttpResponder respond) {
  auto call = std::make_shared<Call>();
  call->respond = std::move(respond);
  call->start = Clock::now();
  call->request_bytes = request.body.size();
  call->verb = request.method;
  for (char& c : call->verb) c = static_cast<char>(c | 0x20);
  if (const std::string* origin = request.Header("Origin")) call->origin = *origin;
  try {
    Answer(std::move(request), call);
  } catch (const std::bad_alloc&) {
    FinishWithError(*call, {Code::kUnavailable, "out of memory"});
  }
}

void SeldonHandler::Answer(HttpRequest request, const CallPointer& call) {
  const Route* route = FindRoute(request.path());
  if (route == nullptr) {
    call->unknown_path = request.path();
    return Finish(*call, Failure(404, "404 Not Found: there is nothing at this path",
                                 "MICROSERVICE_NOT_FOUND"));
  }
  call->route = route;
  if (request.method == "OPTIONS") return AnswerOptions(request, *call);
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (!(get && route->get) && !(request.method == "POST" && route->post)) {
    HttpResponse response =
        Failure(405, "405 Method Not Allowed: this path takes " + AllowedMethods(*route),
                "MICROSERVICE_METHOD_NOT_ALLOWED");
    response.headers.emplace_back("Allow", AllowedMethods(*route));
    return Finish(*call, std::move(response));
  }
  switch (route->action) {
    case Action::kAsk:
      return Ask(std::move(request), call);
    case Action::kPing:
      return Finish(*call, Plain("text/html; charset=utf-8", "pong"));
    case Action::kHealth:
      return AskHealth(call);
    case Action::kLive:
      return Finish(*call, Plain("text/plain; charset=utf-8", "live"));
    case Action::kReady:
      return AnswerReady(*call);
    case Action::kMetadata:
      return AnswerMetadata(*call);
    case Action::kOpenApi:
      return Finish(*call, Plain("application/json", openapi_));
    case Action::kDocs:
      return Finish(*call, Plain("text/html; charset=utf-8", docs_));
  }
}

void SeldonHandler::AnswerReady(Call& call) const {
  Status ready = predictor_.Ready();
  if (stopping_.load(std::memory_order_relaxed)) ready = Fail(Code::kUnavailable, "shutting down");
  if (ready) return Finish(call, Plain("text/plain; charset=utf-8", "ready"));
  Finish(call, Failure(503, ready.error().message, "MICROSERVICE_UNAVAILABLE"));
}

void SeldonHandler::AnswerOptions(const HttpRequest& request, Call& call) const {
  HttpResponse response = Plain("text/html; charset=utf-8", "");
  response.headers.emplace_back("Allow", AllowedMethods(*call.route));
  AddPreflightHeaders(request, response.headers);
  Finish(call, std::move(response));
}

void SeldonHandler::Ask(HttpRequest request, const CallPointer& call) {
  const api::Method method = call->route->method;
  call->facts.method = api::MethodLabel(method);
  if (const std::string* puid = request.Header("Seldon-Puid")) AdoptPuid(*puid, *call);
  const bool bytes = options_.payload_passthrough && method == api::Method::kPredict;
  if (bytes || predictor_.TakesRaw(method)) return AskRaw(std::move(request), call, bytes);
  auto source = FindSource(std::move(request));
  if (!source) return FinishWithError(*call, source.error());
  auto decoded = DecodeRequest(method, *source);
  if (!decoded) return FinishWithError(*call, decoded.error());
  call->facts = FactsOf(*decoded);
  if (method == api::Method::kSendFeedback) call->reward = decoded->infer.reward;
  AdoptPuid(call->facts.meta.puid, *call);
  Submit(std::move(decoded->infer), call);
}

void SeldonHandler::AskRaw(HttpRequest request, const CallPointer& call, bool bytes) {
  call->raw = true;
  api::InferRequest infer{.method = call->route->method, .raw = true};
  if (bytes) {
    if (!predictor_.TakesRaw(infer.method)) {
      return FinishWithError(*call, {Code::kInvalidArgument,
                                     "Invalid request data type: PAYLOAD_PASSTHROUGH is on and "
                                     "the component takes no bytes"});
    }
    infer.message.payload = api::Bytes{FindBytes(std::move(request))};
    return Submit(std::move(infer), call);
  }
  auto source = FindSource(std::move(request));
  if (!source) return FinishWithError(*call, source.error());
  auto value = DecodeRaw(*source);
  if (!value) return FinishWithError(*call, value.error());
  if (infer.method == api::Method::kSendFeedback) call->reward = RewardOf(*value);
  infer.message.payload = std::move(*value);
  Submit(std::move(infer), call);
}

void SeldonHandler::Submit(api::InferRequest request, const CallPointer& call) {
  if (call->puid.empty()) call->puid = NewPuid();
  call->asked = Clock::now();
  api::Context context{.request_id = call->puid, .deadline = {}, .cancelled = {}};
  if (options_.timeout) context.deadline = call->asked + *options_.timeout;
  predictor_.Predict(
      std::move(request), std::move(context),
      [this, call](Result<api::InferResponse> result) { Complete(*call, std::move(result)); });
}

void SeldonHandler::AskHealth(const CallPointer& call) {
  call->asked = Clock::now();
  predictor_.HealthStatus(
      [this, call](Result<api::InferResponse> result) { Complete(*call, std::move(result)); });
}

void SeldonHandler::Complete(Call& call, Result<api::InferResponse> result) const {
  call.answered = Clock::now();
  try {
    if (!result) return FinishWithError(call, result.error());
    if (result->refusal) {
      const api::Refusal& refusal = *result->refusal;
      return Finish(call, Failure(refusal.http_status, refusal.info, refusal.reason));
    }
    if (result->raw) return CompleteRaw(call, std::move(result->message.payload));
    auto answer = WrapAnswer(std::move(call.facts), std::move(*result), options_, call.metrics);
    if (!answer) return FinishWithError(call, answer.error());
    const Style style = call.reward ? Style::kProtobuf : Style::kPlain;
    auto body = EncodeAnswer(*answer, style);
    if (!body) return FinishWithError(call, body.error());
    Finish(call, {.body = std::move(*body)});
  } catch (const std::bad_alloc&) {
    FinishWithError(call, {Code::kUnavailable, "out of memory"});
  }
}

void SeldonHandler::CompleteRaw(Call& call, api::Payload payload) const {
  HttpResponse response;
  if (auto* bytes = std::get_if<api::Bytes>(&payload)) {
    response.body = std::move(bytes->bytes);
  } else if (auto* value = std::get_if<json::Value>(&payload)) {
    call.metrics = TakeMetrics(*value, options_.metrics_in_response);
    response.status = StatusOf(*value);
    json::Append(response.body, *value, {.ascii = true, .allow_nan = true});
    response.body.push_back('\n');
  }
  Finish(call, std::move(response));
}

void SeldonHandler::AnswerMetadata(Call& call) const {
  auto metadata = DescribeModel(predictor_.Describe(), options_);
  if (!metadata) return Finish(call, Failure(500, metadata.error().message, kBadMetadata));
  Finish(call, {.body = json::Write(std::move(*metadata), {.ascii = true}) + "\n"});
}

void SeldonHandler::FinishWithError(Call& call, const Error& error) const {
  const StatusCodes& codes = StatusCodesOf(error.code);
  Finish(call, Failure(codes.http, error.message, codes.seldon_reason));
}

void SeldonHandler::Observe(const Call& call, const HttpResponse& response) const {
  const Clock::time_point now = Clock::now();
  const std::string code = std::to_string(response.status);
  api::Observation observation{.verb = call.verb, .code = code, .total = now - call.start};
  if (call.route != nullptr) {
    observation.service = call.route->service;
    observation.path = call.route->path;
    observation.unit_path = call.route->unit_path;
  } else {
    observation.path = call.unknown_path;
  }
  if (call.answered != Clock::time_point()) {
    observation.unit_method = call.facts.method;
    observation.unit = call.answered - call.asked;
    observation.encode = now - call.answered;
  }
  observation.metrics = &call.metrics;
  observation.reward = call.reward;
  observation.request_bytes = call.request_bytes;
  observation.response_bytes = response.body.size();
  observation.request_id = call.puid;
  observer_->OnRequest(observation);
}

void SeldonHandler::Finish(Call& call, HttpResponse response) const {
  AddOriginHeaders(call.origin, response.headers);
  if (!call.puid.empty()) response.headers.emplace_back("Seldon-Puid", call.puid);
  if (observer_ != nullptr) Observe(call, response);
  call.respond(std::move(response));
}

}  // namespace brink::protocols::seldon_v1
