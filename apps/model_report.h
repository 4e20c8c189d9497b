// What is in a model, for people and for programs.
#pragma once

#include <optional>
#include <string>

#include "brink/base/json.h"
#include "brink/base/result.h"
#include "brink/model/graph.h"

namespace brink::apps {

// What running the model here would take.
struct PlanSummary {
  size_t arena_bytes = 0;    // a session
  size_t weights_bytes = 0;  // held beside the file's pages
};

struct ModelReport {
  std::string path;
  uint64_t file_bytes = 0;
  std::string sha256;
  const model::Model& model;
  Result<PlanSummary> plan;  // or why it does not run here
  std::string card;          // where its card comes from; empty: it has none
  std::string no_card;       // why its metadata makes none, where that is so
};

// Everything: every tensor and operator of every graph. Keys and their meaning are stable.
json::Value ReportJson(const ModelReport& report);

// A page for people; `all` lists every tensor and operator.
std::string ReportText(const ModelReport& report, bool all);

}  // namespace brink::apps
