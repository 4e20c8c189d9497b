// Predictor: the one door through which every request passes. Servers call it; a model, a model
// with its card, a graph, a remote service and a test's fake stand behind it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brink/api/message.h"
#include "brink/base/result.h"

namespace brink::api {

// Which of a component's faces is asked; the names are Seldon's routes.
enum class Method {
  kPredict,
  kTransformInput,
  kTransformOutput,
  kRoute,
  kAggregate,
  kSendFeedback
};

// The method as Seldon labels it in metrics and tags: "predict", "inputtransform",
// "outputtransform", "router", "aggregate", "feedback".
std::string_view MethodLabel(Method method);

struct InferRequest {
  Method method = Method::kPredict;
  Message message;                // the input; for kSendFeedback the request that was answered
  std::vector<Message> messages;  // kAggregate only: the children's answers
  Message response;               // kSendFeedback only: what was answered
  Message truth;                  // kSendFeedback only
  float reward = 0;               // kSendFeedback only
  bool raw = false;  // message.payload is the whole request as it came: json::Value or Bytes
};

// A component's own way to say no: with an HTTP status and a reason that it chose.
struct Refusal {
  int http_status = 500;
  std::string reason;
  std::string info;
};

struct InferResponse {
  Message message;
  std::optional<Refusal> refusal;  // then the message is nothing
  bool raw = false;  // message.payload is the whole answer as it is to go: json::Value or Bytes
};

// What comes with a request but is not its content. Shared by all stages of one request.
struct Context {
  std::string request_id;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::shared_ptr<std::atomic<bool>> cancelled;  // null: cannot be cancelled
};

// One input or output of a model, for /metadata and for clients that ask.
struct TensorDescription {
  std::string name;
  Type type = Type::kFloat32;
  Shape shape;
};
struct ModelDescription {
  std::string name;
  std::vector<std::string> versions;
  std::string platform;
  std::vector<TensorDescription> inputs;
  std::vector<TensorDescription> outputs;
  json::Object seldon_metadata;  // what a component says of itself (Seldon's init_metadata), as is
};

class Predictor {
 public:
  using Callback = std::function<void(Result<InferResponse>)>;

  virtual ~Predictor() = default;

  // Answers through `done`, exactly once, from any thread, possibly before Predict returns. Any
  // number of calls at once.
  virtual void Predict(InferRequest request, Context context, Callback done) = 0;

  virtual ModelDescription Describe() const = 0;

  // Whether requests of this method are to come raw (InferRequest::raw) where the wire has them.
  virtual bool TakesRaw(Method method) const;

  // What /health/status answers; by default Ready(), and then Seldon's words for a component that
  // has none of its own.
  virtual void HealthStatus(Callback done);

  // Whether Predict can be expected to work now; the error says why not.
  virtual Status Ready() const { return {}; }
};

// Predict for a caller that waits.
Result<InferResponse> PredictAndWait(Predictor& predictor, InferRequest request,
                                     Context context = {});

}  // namespace brink::api
