// What every command that runs a model does first: bring its file, read it, find its card, say
// which outputs to plan.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "bring_model.h"
#include "brink/base/result.h"
#include "brink/engine/plan.h"
#include "brink/model/graph.h"
#include "brink/vision/card.h"
#include "config.h"

namespace brink::apps {

struct OpenedModel {
  ModelFile file;
  std::shared_ptr<const model::Model> model;
  std::optional<vision::FoundCard> card;
  engine::PlanOptions
      plan;  // the outputs that the user named and those that the card reads; threads
};

Result<OpenedModel> OpenModel(const std::string& uri, const Config& config,
                              const std::atomic<bool>* cancelled = nullptr);

// The configured number, or one a CPU for 0.
int ThreadsOf(const Config& config);
int SessionsOf(const Config& config);

}  // namespace brink::apps
