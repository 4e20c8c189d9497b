#include "faces.h"

#include <future>
#include <optional>
#include <utility>

#include "brink/base/log.h"
#include "brink/metrics/endpoint.h"
#include "brink/net/http_server.h"
#include "brink/protocols/seldon_v1/encode.h"
#include "brink/protocols/seldon_v1/handler.h"
#include "grpc_face.h"
#include "request_log.h"

namespace brink::apps {
namespace {

constexpr const char* kMetricsPath =
    "/metrics";  // on the main port, whatever the metrics port calls it

// What a client gets whose request never reaches Seldon's handler: too large, malformed.
protocols::HttpResponse Refusal(int status, std::string_view message) {
  return {.status = status,
          .body = protocols::seldon_v1::EncodeFailure(message, "MICROSERVICE_BAD_DATA")};
}

protocols::seldon_v1::SeldonOptions OptionsOf(const graph::PodEnvironment& pod) {
  protocols::seldon_v1::SeldonOptions options;
  options.unit_id = pod.unit_id;
  if (!pod.image.empty()) options.image = pod.image;
  options.image_name = pod.image_name;
  options.image_version = pod.image_version;
  options.model_metadata = pod.model_metadata;
  options.metrics_in_response = pod.metrics_in_response;
  options.payload_passthrough = pod.payload_passthrough;
  options.timeout = pod.rest_timeout;
  return options;
}

metrics::Deployment DeploymentOf(const graph::PodEnvironment& pod) {
  metrics::Deployment deployment;
  const auto set = [](std::string& label, const std::string& told) {
    if (!told.empty()) label = told;
  };
  set(deployment.deployment_name, pod.deployment_id);
  set(deployment.predictor_name, pod.predictor_id);
  set(deployment.predictor_version, pod.predictor_version);
  set(deployment.model_name, pod.unit_id);
  set(deployment.image_name, pod.image_name);
  set(deployment.image_version, pod.image_version);
  deployment.count_feedback = pod.executor_enabled;
  return deployment;
}

Error NoGrpc(int64_t port) {
  return {Code::kUnimplemented,
          "gRPC port " + std::to_string(port) + ": this brink was built without gRPC; want 0"};
}

net::HttpServerOptions HttpOptions(const Config& config, int64_t port) {
  return {.address = config.address,
          .port = static_cast<uint16_t>(port),
          .max_body_bytes = static_cast<size_t>(config.max_body_bytes),
          .error_body = Refusal};
}

}  // namespace

// Servers come last: they are destroyed first and use what stands before them.
struct Faces::Impl {
  Impl(const Config& configured, const graph::PodEnvironment& environment)
      : config(configured),
        pod(environment),
        metrics(DeploymentOf(environment)),
        observer(metrics, configured.access_log),
        scrape(environment.metrics_path, metrics) {}

  Config config;
  graph::PodEnvironment pod;
  metrics::Metrics metrics;
  RequestLog observer;       // the metrics behind it
  metrics::Endpoint scrape;  // alone on the metrics port
  std::optional<protocols::seldon_v1::SeldonHandler> rest;
  std::optional<metrics::Endpoint> rest_and_metrics;
  std::unique_ptr<net::HttpServer> http;
  std::unique_ptr<net::HttpServer> metrics_http;
  std::unique_ptr<GrpcFace> grpc;
};

Result<std::unique_ptr<Faces>> Faces::Bind(const Config& config, const graph::PodEnvironment& pod) {
  auto impl = std::make_unique<Impl>(config, pod);
  BRINK_ASSIGN(impl->http, net::HttpServer::Bind(HttpOptions(config, config.http_port)));
  if (config.metrics_port != 0) {
    BRINK_ASSIGN(impl->metrics_http,
                 net::HttpServer::Bind(HttpOptions(config, config.metrics_port)));
  }
  if (config.grpc_port != 0) {
    if (!GrpcFace::IsBuilt()) return Fail(NoGrpc(config.grpc_port));
    // gRPC takes its port only when it listens. Whether it will get it is known now.
    const auto free_port = net::HttpServer::Bind(HttpOptions(config, config.grpc_port));
    if (!free_port) return Fail(free_port.error().Within("gRPC"));
  }
  return std::unique_ptr<Faces>(new Faces(std::move(impl)));
}

Faces::Faces(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Faces::~Faces() = default;

Status Faces::Listen(api::Predictor& predictor, std::vector<metrics::Source> sources,
                     const Front& front) {
  Impl& it = *impl_;
  it.metrics.AddSource(metrics::ProcessSamples);
  for (auto& source : sources) it.metrics.AddSource(std::move(source));
  it.rest.emplace(predictor, OptionsOf(it.pod), &it.observer);
  it.rest_and_metrics.emplace(kMetricsPath, it.metrics, &*it.rest);
  if (it.config.grpc_port != 0) {
    BRINK_ASSIGN(it.grpc, GrpcFace::Listen({.address = it.config.address,
                                            .port = static_cast<uint16_t>(it.config.grpc_port),
                                            .max_message_bytes = it.pod.grpc_max_message_bytes,
                                            .seldon = OptionsOf(it.pod)},
                                           predictor, it.observer));
  }
  if (it.metrics_http) BRINK_TRY(it.metrics_http->Listen(it.scrape));
  return it.http->Listen(front ? front(*it.rest_and_metrics) : *it.rest_and_metrics);
}

uint16_t Faces::http_port() const { return impl_->http->port(); }
int Faces::grpc_port() const { return impl_->grpc ? impl_->grpc->port() : 0; }
int Faces::metrics_port() const { return impl_->metrics_http ? impl_->metrics_http->port() : 0; }

void Faces::Stop(std::chrono::milliseconds grace) {
  if (impl_->rest) impl_->rest->SetStopping();
  log::Info("stopping");
  // Both at once: they share the grace. One after another where memory does not suffice for a
  // thread.
  const auto grpc = std::async(std::launch::async | std::launch::deferred, [this, grace] {
    if (impl_->grpc) impl_->grpc->Stop(grace);
  });
  impl_->http->Stop(grace);
  grpc.wait();
  if (impl_->metrics_http) impl_->metrics_http->Stop(std::chrono::milliseconds(0));
}

}  // namespace brink::apps
