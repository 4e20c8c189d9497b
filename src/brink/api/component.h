// Component: what a user writes to serve something of their own through Seldon's protocol: a model,
// a transformer, a router, a combiner. Every method is optional; the defaults are those of Seldon's
// Python wrapper. A ComponentPredictor owns it and calls it: from many threads at once, or from one
// at a time where its options say so.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "brink/api/message.h"
#include "brink/api/predictor.h"
#include "brink/base/json.h"
#include "brink/base/result.h"

namespace brink::api {

using Tags = std::map<std::string, json::Value>;

// What a method gives back: a payload, and tags and metrics of this request alone.
struct Answer {
  Payload payload;
  Tags tags;
  std::vector<Metric> metrics;
  std::optional<Refusal> refusal;  // set: the request is answered with this instead
};

// Where a router sends a request: the index of a child, -1 for all of them.
struct Branch {
  int64_t child = -1;
  Tags tags;
  std::vector<Metric> metrics;
};

struct Feedback {
  Message request;   // what was asked
  Message response;  // what was answered
  Message truth;     // what would have been right
  float reward = 0;
  std::optional<int32_t> routing;  // where this unit had routed the request
};

// A request or an answer as the wire has it, undecoded.
using Raw = std::variant<json::Value, Bytes>;

class Component {
 public:
  virtual ~Component() = default;

  virtual Result<Answer> Predict(Message input);                  // default: an empty array
  virtual Result<Answer> TransformInput(Message input);           // default: the input's payload
  virtual Result<Answer> TransformOutput(Message input);          // default: the input's payload
  virtual Result<Branch> Route(Message input);                    // default: kUnimplemented
  virtual Result<Answer> Aggregate(std::vector<Message> inputs);  // default: kUnimplemented
  virtual Result<Answer> SendFeedback(Feedback feedback);         // default: an empty array

  // Beside every answer; asked for after the method has run.
  virtual Tags GetTags() { return {}; }
  virtual std::vector<Metric> GetMetrics() { return {}; }
  // Names of an answer's columns; nothing: t:0, t:1 ...
  virtual std::optional<std::vector<std::string>> ClassNames() { return std::nullopt; }

  // /metadata: name, versions, platform, inputs, outputs, custom; keys left out get defaults.
  virtual json::Object Metadata() const { return {}; }
  // /health/status; default: the words "not implemented - assuming healthy".
  virtual Result<Answer> HealthStatus();

  // The raw forms: for the methods that TakesRaw names, HandleRaw is called instead, with the
  // request as it came, and its answer goes out as it is. A "status": {"code": 402, ...} in it
  // becomes the HTTP status.
  virtual bool TakesRaw(Method) const { return false; }
  virtual Result<Raw> HandleRaw(Method method, Raw request);
};

}  // namespace brink::api
