// Who watches requests go by: metrics, logs. Protocols call it once a request, after the answer is
// known.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "brink/api/message.h"

namespace brink::api {

struct Observation {
  std::string_view service;  // what was asked: REST "predictions", "feedback", "status",
                             // "metadata"; gRPC the full method; empty: nothing that there is
  std::string_view path;     // as the client asked for it
  std::string_view verb;     // REST: "post", "get"; gRPC: "unary"
  std::string_view code;     // REST: "200"; gRPC: "OK", "InvalidArgument"
  std::string_view
      unit_method;  // the component's face as Seldon labels it: predict, feedback, inputtransform,
                    // outputtransform, router, aggregate, health; empty: no component was asked
  std::string_view
      unit_path;  // the route that an executor would have called on the component: "/predict"
  std::chrono::duration<double> total{};   // from the request's last byte to its encoded answer
  std::chrono::duration<double> unit{};    // of that inside the component
  std::chrono::duration<double> encode{};  // of that writing the answer
  const std::vector<Metric>* metrics = nullptr;  // the component's own, of this request
  std::optional<float> reward;                   // feedback only
  size_t request_bytes = 0;
  size_t response_bytes = 0;
  std::string_view request_id;
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void OnRequest(const Observation& observation) = 0;  // from any thread
};

}  // namespace brink::api
