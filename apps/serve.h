// What `up` and `run` share: one model behind Seldon's REST until a signal comes.
#pragma once

#include <string>

#include "brink/base/result.h"
#include "config.h"

namespace brink::apps {

struct ServedModel {
  std::string uri;
  std::string name;        // the graph node's; empty: there is no graph
  std::string deployment;  // metadata.name; empty: there is no deployment
};

// Takes the port, brings the model, loads and warms it, then listens. SIGTERM and SIGINT end it:
// requests that were accepted have 8 seconds to finish. Errors before that: a port in use (at once,
// before anything is fetched), what BringModel, ReadModel and Plan::Build report.
Status Serve(const ServedModel& served, const Config& config);

}  // namespace brink::apps
