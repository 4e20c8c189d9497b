#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "brink/base/log.h"
#include "brink/graph/pod_environment.h"
#include "commands.h"
#include "deployment_layer.h"
#include "grpc_face.h"
#include "serve.h"

namespace brink::apps {
namespace {

constexpr const char* kAnnotations = "/etc/podinfo/annotations";

// The words of the Python wrapper's command line. What steers its processes and threads is taken
// and means nothing here.
struct Options {
  std::string component = "TFLiteServer";
  std::string api_type;
  std::string service_type;
  std::string parameters;
  std::string unused;
  graph::PodEnvironment pod;
  std::string model_uri;
};

constexpr std::array kPassedOver = {
    "--workers",      "--threads",         "--max-requests", "--max-requests-jitter",
    "--keepalive",    "--single-threaded", "--pidfile",      "--grpc-threads",
    "--grpc-workers", "--tracing",         "--debug",        "--persistence"};

std::string AnnotationsText() {
  std::ifstream file(kAnnotations);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Status SetPort(Configuration& configuration, const char* name, int port) {
  return configuration.Set(*FindSetting(name), {std::to_string(port)}, Origin::kFile, "pod");
}

// The pod's variables as the layer below flags and brink's own variables.
Status ReadPod(Options& options, Configuration& configuration) {
  const auto variable = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "PREDICTIVE_UNIT_PARAMETERS" && !options.parameters.empty())
      return options.parameters;
    if (name == "API_TYPE" && !options.api_type.empty()) return options.api_type;
    if (name == "SERVICE_TYPE" && !options.service_type.empty()) return options.service_type;
    return graph::ProcessVariable(name);
  };
  BRINK_ASSIGN(options.pod, graph::ReadPodEnvironment(variable, AnnotationsText()));
  const graph::PodEnvironment& pod = options.pod;
  BRINK_TRY(SetPort(configuration, "http_port", pod.http_port));
  // An operator names a gRPC port whether anybody calls it or not.
  const bool grpc = pod.grpc_port && GrpcFace::IsBuilt();
  BRINK_TRY(SetPort(configuration, "grpc_port", grpc ? *pod.grpc_port : 0));
  BRINK_TRY(SetPort(configuration, "metrics_port", pod.metrics_port));
  if (pod.access_log) {
    BRINK_TRY(configuration.Set(*FindSetting("access_log"), {"true"}, Origin::kFile,
                                "GUNICORN_ACCESS_LOG"));
  }
  BRINK_TRY(AddParameters(pod.parameters, "PREDICTIVE_UNIT_PARAMETERS: ", configuration));
  options.model_uri = pod.model_uri;
  for (const auto& parameter : pod.parameters) {
    if (parameter.name == "model_uri") options.model_uri = parameter.value;
  }
  if (options.model_uri.empty()) {
    return Fail(Code::kInvalidArgument,
                "no model: want a parameter model_uri in PREDICTIVE_UNIT_PARAMETERS, or "
                "MLSERVER_MODEL_URI");
  }
  return {};
}

void AddArguments(CLI::App& app, Options& options) {
  app.add_option("COMPONENT", options.component, "what to serve")
      ->check(CLI::IsMember({"TFLiteServer"}));
  app.add_option("API", options.api_type,
                 "as before Seldon 1.5: which API the pod's one port is for")
      ->check(CLI::IsMember({"REST", "GRPC"}));
  app.add_option("--service-type", options.service_type,
                 "MODEL, ROUTER, ...: checked, and means nothing [SERVICE_TYPE]");
  app.add_option("--parameters", options.parameters,
                 "JSON list of {name, value, type} [PREDICTIVE_UNIT_PARAMETERS]")
      ->type_name("JSON");
  for (const char* flag : kPassedOver) {
    app.add_option(flag, options.unused, "taken for the Python wrapper's sake, and means nothing")
        ->expected(0, 1);
  }
}

}  // namespace

Command MicroserviceCommand() {
  const auto options = std::make_shared<Options>();
  return {.name = "microservice",
          .help = "Serve the model that a pod's environment names, as Seldon's operator sets it",
          .example =
              "brink without an argument does this where the pod's variables are set, and so does "
              "a link to it\n"
              "named seldon-core-microservice.\n"
              "example: "
              "PREDICTIVE_UNIT_PARAMETERS='[{\"name\":\"model_uri\",\"value\":\"/mnt/models\",\n"
              "         \"type\":\"STRING\"}]' brink microservice",
          .settings = {"http_port", "grpc_port", "metrics_port", "address", "sessions", "camera",
                       "camera_mqtt", "camera_webhook", "camera_token", "card", "mirror", "cache",
                       "packed_weights", "ca_file", "max_body_bytes", "max_batch_size", "log_level",
                       "log_format", "access_log"},
          .arguments = [options](CLI::App& app) { AddArguments(app, *options); },
          .file_layer =
              [options](Configuration& configuration) { return ReadPod(*options, configuration); },
          .action =
              [options](const Config& config) {
                const std::string& component = options->pod.component;
                if (!component.empty() && component != options->component) {
                  log::Warn("MODEL_NAME is no component of brink: the .tflite is served",
                            {{"MODEL_NAME", component}});
                }
                if (options->pod.grpc_port && !GrpcFace::IsBuilt()) {
                  log::Warn("built without gRPC: the pod's gRPC port is not served",
                            {{"port", *options->pod.grpc_port}});
                }
                return Serve({.uri = options->model_uri, .pod = options->pod}, config);
              }};
}

}  // namespace brink::apps
