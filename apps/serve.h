// What `up` and `run` share: one model behind Seldon's protocols until a signal comes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"
#include "brink/graph/pod_environment.h"
#include "config.h"

namespace brink::apps {

struct ServedModel {
  std::string uri;
  graph::PodEnvironment pod;  // who answers: unit, image, labels; its ports are those of the Config
};

// Takes the port, brings the model, loads and warms it, then listens. SIGTERM and SIGINT end it:
// requests that were accepted have 8 seconds to finish. Errors before that: a port in use (at once,
// before anything is fetched), what BringModel, ReadModel and Plan::Build report.
Status Serve(const ServedModel& served, const Config& config);

// The settings that both take.
std::vector<std::string_view> ServingSettings();

}  // namespace brink::apps
