// The network faces of one predictor: Seldon's REST with the metrics beside it, gRPC and a metrics
// port where they are configured.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "brink/api/predictor.h"
#include "brink/base/result.h"
#include "brink/graph/pod_environment.h"
#include "brink/metrics/metrics.h"
#include "brink/protocols/http.h"
#include "config.h"

namespace brink::apps {

class Faces {
 public:
  // Takes the ports; clients are refused until Listen. A port in use is an error at once. `pod`
  // says who answers: unit, image, labels.
  static Result<std::unique_ptr<Faces>> Bind(const Config& config,
                                             const graph::PodEnvironment& pod);
  ~Faces();

  // Who answers HTTP, from who would without it: may put itself before that.
  using Front = std::function<protocols::HttpHandler&(protocols::HttpHandler&)>;

  // Once. `predictor` outlives this. `sources` are read at every scrape.
  Status Listen(api::Predictor& predictor, std::vector<metrics::Source> sources,
                const Front& front = {});

  uint16_t http_port() const;
  int grpc_port() const;     // 0: there is none
  int metrics_port() const;  // 0: there is none

  // No new requests; those that were accepted have `grace` to finish.
  void Stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit Faces(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::apps
