
#include "brink/base/log.h"
#include "brink/graph/seldon_deployment.h"
#include "commands.h"
#include "deployment_file.h"
#include "deployment_layer.h"
#include "serve.h"

namespace brink::apps {
namespace {

struct Options {
  std::string file;
  graph::SeldonDeployment deployment;
};

Status ReadDeployment(Options& options, Configuration& configuration) {
  BRINK_ASSIGN(const DeploymentFile file, ReadDeploymentFile(options.file));
  BRINK_ASSIGN(options.deployment, graph::ParseSeldonDeployment(file.text, file.name));
  return AddDeployment(options.deployment, file.name, configuration);
}

std::string Joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

Status Up(const Options& options, const Config& config) {
  const graph::SeldonDeployment& deployment = options.deployment;
  if (!deployment.ignored.empty()) {
    log::Info("ignored here", {{"fields", Joined(deployment.ignored)}});
  }
  if (!deployment.other_documents.empty()) {
    log::Warn("ignored documents", {{"documents", Joined(deployment.other_documents)}});
  }
  graph::PodEnvironment pod;
  pod.unit_id = deployment.graph.name;
  pod.image = "brink:" BRINK_VERSION;
  pod.image_name = "brink";
  pod.image_version = BRINK_VERSION;
  pod.deployment_id = deployment.name;
  pod.predictor_id = deployment.predictor;
  return Serve({.uri = deployment.graph.model_uri, .pod = pod}, config);
}

}  // namespace

Command UpCommand() {
  const auto options = std::make_shared<Options>();
  return {.name = "up",
          .help = "Serve a SeldonDeployment on this machine",
          .example =
              "Fields that mean nothing on one machine (nodeName, resources ...) are named and "
              "passed over.\n"
              "example: brink up -f seldondeployment.yaml --mirror "
              "https://github.com/=/srv/models/",
          .settings = ServingSettings(),
          .arguments =
              [options](CLI::App& app) {
                app.add_option("-f,--filename", options->file,
                               "the deployment, YAML or JSON; - is standard input")
                    ->type_name("FILE")
                    ->required();
              },
          .file_layer =
              [options](Configuration& configuration) {
                return ReadDeployment(*options, configuration);
              },
          .action = [options](const Config& config) { return Up(*options, config); }};
}

}  // namespace brink::apps
