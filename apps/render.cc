#include <cstdio>

#include "brink/graph/manifests.h"
#include "brink/graph/seldon_deployment.h"
#include "commands.h"
#include "deployment_file.h"
#include "deployment_layer.h"

namespace brink::apps {
namespace {

struct Options {
  std::string path;
  std::string image = "brink:" BRINK_VERSION;
  bool autoscaler = false;
  DeploymentFile file;
};

// As `up`, so that both refuse the same and take the same port.
Status Read(Options& options, Configuration& configuration) {
  BRINK_ASSIGN(options.file, ReadDeploymentFile(options.path));
  BRINK_ASSIGN(const graph::SeldonDeployment deployment,
               graph::ParseSeldonDeployment(options.file.text, options.file.name));
  return AddDeployment(deployment, options.file.name, configuration);
}

Status Render(const Options& options, const Config& config) {
  BRINK_ASSIGN(const std::string text,
               graph::RenderManifests(options.file.text, options.file.name,
                                      {.image = options.image,
                                       .http_port = static_cast<int>(config.http_port),
                                       .grpc_port = static_cast<int>(config.grpc_port),
                                       .metrics_port = static_cast<int>(config.metrics_port),
                                       .autoscaler = options.autoscaler}));
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return {};
  return Fail(Code::kUnavailable, "standard output: cannot be written");
}

}  // namespace

Command RenderCommand() {
  const auto options = std::make_shared<Options>();
  return {
      .name = "render",
      .help = "Print a SeldonDeployment as Kubernetes objects that need no operator",
      .example =
          "A ConfigMap with the file, a Deployment of brink that reads it, a Service; --hpa "
          "adds an autoscaler.\n"
          "example: brink render -f seldondeployment.yaml --image "
          "registry.local:5000/brink:" BRINK_VERSION " | kubectl apply -f -",
      .settings = {"http_port", "grpc_port", "metrics_port"},
      .arguments =
          [options](CLI::App& app) {
            app.add_option("-f,--filename", options->path,
                           "the deployment, YAML or JSON; - is standard input")
                ->type_name("FILE")
                ->required();
            app.add_option("--image", options->image, "brink's container image")->type_name("NAME");
            app.add_flag("--hpa", options->autoscaler, "add a HorizontalPodAutoscaler");
          },
      .file_layer =
          [options](Configuration& configuration) { return Read(*options, configuration); },
      .action = [options](const Config& config) { return Render(*options, config); }};
}

}  // namespace brink::apps
