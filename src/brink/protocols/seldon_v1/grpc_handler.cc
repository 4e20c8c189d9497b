#include "brink/protocols/seldon_v1/grpc_handler.h"

#include <google/protobuf/arena.h>

#include <array>
#include <chrono>
#include <cmath>
#include <string_view>
#include <utility>

#include "brink/base/out_of_memory.h"
#include "brink/protocols/seldon_v1/list_budget.h"
#include "brink/protocols/seldon_v1/metadata.h"
#include "brink/protocols/seldon_v1/proto_message.h"
#include "brink/protocols/seldon_v1/proto_metadata.h"
#include "brink/protocols/seldon_v1/puid.h"
#include "brink/protocols/seldon_v1/wrapper.h"

namespace brink::protocols::seldon_v1 {
namespace {

using Clock = std::chrono::steady_clock;
using api::Method;
namespace proto = ::seldon::protos;

enum class Takes { kMessage, kMessageList, kFeedback, kModelMetadata, kGraphMetadata };

struct MethodRow {
  const char* name;
  Takes takes;
  Method method;
  const char* unit_path;  // the component's REST route of the same meaning
};
constexpr auto kMethods = std::to_array<MethodRow>({
    {"/seldon.protos.Model/Predict", Takes::kMessage, Method::kPredict, "/predict"},
    {"/seldon.protos.Model/SendFeedback", Takes::kFeedback, Method::kSendFeedback,
     "/send-feedback"},
    {"/seldon.protos.Model/Metadata", Takes::kModelMetadata, Method::kPredict, ""},
    {"/seldon.protos.Generic/TransformInput", Takes::kMessage, Method::kTransformInput,
     "/transform-input"},
    {"/seldon.protos.Generic/TransformOutput", Takes::kMessage, Method::kTransformOutput,
     "/transform-output"},
    {"/seldon.protos.Generic/Route", Takes::kMessage, Method::kRoute, "/route"},
    {"/seldon.protos.Generic/Aggregate", Takes::kMessageList, Method::kAggregate, "/aggregate"},
    {"/seldon.protos.Generic/SendFeedback", Takes::kFeedback, Method::kSendFeedback,
     "/send-feedback"},
    {"/seldon.protos.Router/Route", Takes::kMessage, Method::kRoute, "/route"},
    {"/seldon.protos.Router/SendFeedback", Takes::kFeedback, Method::kSendFeedback,
     "/send-feedback"},
    {"/seldon.protos.Transformer/TransformInput", Takes::kMessage, Method::kTransformInput,
     "/transform-input"},
    {"/seldon.protos.OutputTransformer/TransformOutput", Takes::kMessage, Method::kTransformOutput,
     "/transform-output"},
    {"/seldon.protos.Combiner/Aggregate", Takes::kMessageList, Method::kAggregate, "/aggregate"},
    {"/seldon.protos.Seldon/Predict", Takes::kMessage, Method::kPredict, "/predict"},
    {"/seldon.protos.Seldon/SendFeedback", Takes::kFeedback, Method::kSendFeedback,
     "/send-feedback"},
    {"/seldon.protos.Seldon/ModelMetadata", Takes::kModelMetadata, Method::kPredict, ""},
    {"/seldon.protos.Seldon/GraphMetadata", Takes::kGraphMetadata, Method::kPredict, ""},
});

// Status codes as Go's gRPC writes them, which the executor's metrics have in their `code` label.
std::string_view GoCodeName(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return "InvalidArgument";
    case Code::kNotFound:
      return "NotFound";
    case Code::kAlreadyExists:
      return "AlreadyExists";
    case Code::kPermissionDenied:
      return "PermissionDenied";
    case Code::kUnauthenticated:
      return "Unauthenticated";
    case Code::kFailedPrecondition:
      return "FailedPrecondition";
    case Code::kOutOfRange:
      return "OutOfRange";
    case Code::kUnimplemented:
      return "Unimplemented";
    case Code::kResourceExhausted:
      return "ResourceExhausted";
    case Code::kDeadlineExceeded:
      return "DeadlineExceeded";
    case Code::kCancelled:
      return "Canceled";
    case Code::kUnavailable:
      return "Unavailable";
    case Code::kDataLoss:
      return "DataLoss";
    case Code::kInternal:
      return "Internal";
  }
  return "Unknown";
}

// A component refuses in HTTP's terms (google.rpc.Code documents the correspondence).
Code CodeOfHttp(int status) {
  switch (status) {
    case 400:
      return Code::kInvalidArgument;
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kNotFound;
    case 409:
      return Code::kAlreadyExists;
    case 429:
      return Code::kResourceExhausted;
    case 501:
      return Code::kUnimplemented;
    case 503:
      return Code::kUnavailable;
    case 504:
      return Code::kDeadlineExceeded;
    default:
      return status >= 400 && status < 500 ? Code::kFailedPrecondition : Code::kInternal;
  }
}

template <class T>
Result<T*> Parse(google::protobuf::Arena& arena, const std::string& bytes) {
  auto* message = google::protobuf::Arena::CreateMessage<T>(&arena);
  if (!message->ParseFromString(bytes)) {
    return Fail(Code::kInvalidArgument, "the request is not a " + T::descriptor()->full_name());
  }
  return message;
}

Result<WireRequest> DecodeMessage(google::protobuf::Arena& arena, Method method,
                                  const std::string& bytes) {
  BRINK_ASSIGN(const auto* message, Parse<proto::SeldonMessage>(arena, bytes));
  BRINK_ASSIGN(WireMessage decoded, MessageFromProto(*message));
  if (std::holds_alternative<std::monostate>(decoded.message.payload)) {
    return Fail(
        Code::kInvalidArgument,
        "the message carries nothing: want one of data, binData, strData, jsonData, customData");
  }
  WireRequest request;
  request.infer.method = method;
  request.infer.message = std::move(decoded.message);
  request.form = decoded.form;
  return request;
}

Result<WireRequest> DecodeList(google::protobuf::Arena& arena, Method method,
                               const std::string& bytes) {
  BRINK_ASSIGN(const auto* list, Parse<proto::SeldonMessageList>(arena, bytes));
  if (list->seldonmessages().empty()) {
    return Fail(Code::kInvalidArgument, "seldonMessages is empty: want at least one message");
  }
  WireRequest request;
  request.infer.method = method;
  ListBudget budget(bytes.size());
  for (int i = 0; i < list->seldonmessages_size(); ++i) {
    auto decoded = MessageFromProto(list->seldonmessages(i));
    if (!decoded) return Fail(decoded.error().Within("seldonMessages[" + std::to_string(i) + "]"));
    BRINK_TRY(budget.Take(decoded->message));
    if (i == 0) request.form = decoded->form;
    request.infer.messages.push_back(std::move(decoded->message));
  }
  return request;
}

Result<WireRequest> DecodeFeedback(google::protobuf::Arena& arena, Method method,
                                   const std::string& bytes) {
  BRINK_ASSIGN(const auto* feedback, Parse<proto::Feedback>(arena, bytes));
  if (!std::isfinite(feedback->reward())) {
    return Fail(Code::kInvalidArgument, "reward is not a finite number");
  }
  WireRequest request;
  request.infer.method = method;
  request.infer.reward = feedback->reward();
  BRINK_ASSIGN(WireMessage asked, MessageFromProto(feedback->request()));
  BRINK_ASSIGN(WireMessage answered, MessageFromProto(feedback->response()));
  BRINK_ASSIGN(WireMessage truth, MessageFromProto(feedback->truth()));
  request.form = asked.form;
  request.infer.message = std::move(asked.message);
  request.infer.response = std::move(answered.message);
  request.infer.truth = std::move(truth.message);
  return request;
}

// Of a feedback that a component takes raw, which may be no Feedback at all.
float RewardOf(const std::string& bytes) {
  google::protobuf::Arena arena;
  const auto feedback = Parse<proto::Feedback>(arena, bytes);
  return feedback ? (*feedback)->reward() : 0;
}

Result<WireRequest> Decode(const MethodRow& row, const std::string& bytes) {
  google::protobuf::Arena arena;
  switch (row.takes) {
    case Takes::kMessage:
      return DecodeMessage(arena, row.method, bytes);
    case Takes::kMessageList:
      return DecodeList(arena, row.method, bytes);
    case Takes::kFeedback:
      return DecodeFeedback(arena, row.method, bytes);
    default:
      return Fail(Code::kInternal, "a metadata call is not inference");
  }
}

}  // namespace

// One call from its arrival to its answer.
struct GrpcHandler::Call {
  const MethodRow* row = nullptr;
  GrpcResponder respond;
  Clock::time_point begun = Clock::now();
  Clock::time_point asked;     // when the component was
  Clock::time_point answered;  // when it had
  RequestFacts facts;
  std::string puid;  // the request's, or one of ours
  bool raw = false;
  std::optional<float> reward;
  std::vector<api::Metric> metrics;  // the component's own
  size_t request_bytes = 0;
};

GrpcHandler::GrpcHandler(api::Predictor& predictor, SeldonOptions options, api::Observer* observer)
    : predictor_(predictor), options_(std::move(options)), observer_(observer) {
  for (const auto& row : kMethods) methods_.emplace_back(row.name);
}

void GrpcHandler::Handle(GrpcRequest request, GrpcResponder respond) {
  auto call = std::make_shared<Call>();
  call->row = &kMethods[static_cast<size_t>(request.method)];
  call->respond = std::move(respond);
  call->request_bytes = request.message.size();
  try {
    Answer(std::move(request), call);
  } catch (const std::bad_alloc&) {
    Respond(*call, OutOfMemory());
  }
}

void GrpcHandler::Answer(GrpcRequest request, const std::shared_ptr<Call>& call) {
  if (call->row->takes == Takes::kModelMetadata) {
    auto metadata = DescribeModel(predictor_.Describe(), options_);
    if (!metadata) return Respond(*call, Fail(std::move(metadata.error())));
    return Respond(*call, MetadataToProto(*metadata));
  }
  if (call->row->takes == Takes::kGraphMetadata) {
    return Respond(*call,
                   Fail(Code::kUnimplemented, "GraphMetadata is not available on the model level"));
  }
  api::Context context;
  context.deadline = request.deadline;
  context.cancelled = request.cancelled;
  api::InferRequest infer;
  infer.method = call->row->method;
  call->raw = predictor_.TakesRaw(infer.method);
  if (call->raw) {
    if (infer.method == Method::kSendFeedback) call->reward = RewardOf(request.message);
    infer.raw = true;
    infer.message.payload = api::Bytes{std::move(request.message)};
  } else {
    auto decoded = Decode(*call->row, request.message);
    if (!decoded) return Respond(*call, Fail(std::move(decoded.error())));
    call->facts = FactsOf(*decoded);
    if (infer.method == Method::kSendFeedback) call->reward = decoded->infer.reward;
    infer = std::move(decoded->infer);
  }
  call->puid = call->facts.meta.puid.empty() ? NewPuid() : call->facts.meta.puid;
  context.request_id = call->puid;
  call->asked = Clock::now();
  predictor_.Predict(
      std::move(infer), std::move(context), [this, call](Result<api::InferResponse> response) {
        call->answered = Clock::now();
        Respond(*call, UnlessOutOfMemory([&] { return Finish(*call, std::move(response)); }));
      });
}

Result<std::string> GrpcHandler::Finish(Call& call, Result<api::InferResponse> response) const {
  if (!response) return Fail(std::move(response.error()));
  if (response->refusal) {
    return Fail(CodeOfHttp(response->refusal->http_status), response->refusal->info);
  }
  if (response->raw) {
    auto* bytes = std::get_if<api::Bytes>(&response->message.payload);
    if (bytes == nullptr)
      return Fail(Code::kInternal, "the component's raw answer is no serialised message");
    return std::move(bytes->bytes);
  }
  BRINK_ASSIGN(const WireAnswer answer,
               WrapAnswer(std::move(call.facts), std::move(*response), options_, call.metrics));
  google::protobuf::Arena arena;
  auto* message = google::protobuf::Arena::CreateMessage<proto::SeldonMessage>(&arena);
  BRINK_TRY(AnswerToProto(answer, *message));
  return message->SerializeAsString();
}

void GrpcHandler::Respond(Call& call, Result<std::string> answer) const {
  if (observer_ != nullptr) {
    const auto now = Clock::now();
    api::Observation observation;
    observation.service = call.row->name;
    observation.path = call.row->name;
    observation.request_id = call.puid;
    observation.verb = "unary";
    observation.code = answer ? "OK" : GoCodeName(answer.error().code);
    observation.total = now - call.begun;
    observation.request_bytes = call.request_bytes;
    observation.response_bytes = answer ? answer->size() : 0;
    if (call.answered != Clock::time_point()) {
      observation.unit_method = api::MethodLabel(call.row->method);
      observation.unit_path = call.row->unit_path;
      observation.unit = call.answered - call.asked;
      observation.encode = now - call.answered;
      observation.metrics = &call.metrics;
      observation.reward = call.reward;
    }
    observer_->OnRequest(observation);
  }
  call.respond(std::move(answer));
}

}  // namespace brink::protocols::seldon_v1
