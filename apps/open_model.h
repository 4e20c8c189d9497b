// What every command that runs a model does first: bring its file, read it, find its card, say
// which outputs to plan.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "bring_model.h"
#include "brink/base/known_files.h"
#include "brink/base/result.h"
#include "brink/engine/plan.h"
#include "brink/model/graph.h"
#include "brink/vision/card.h"
#include "config.h"

namespace brink::apps {

struct OpenedModel {
  ModelFile file;
  std::shared_ptr<const model::Model> model;
  std::optional<vision::FoundCard> card;  // the user's, brink's own or the metadata's
  engine::PlanOptions plan;               // PlanOptionsOf, with the outputs that the card reads
};

Result<OpenedModel> OpenModel(const std::string& uri, const Config& config,
                              const std::atomic<bool>* cancelled = nullptr);

// Once there is a plan: a card of the metadata's that does not fit it is taken away, and the log
// says so.
void DropUnfitCard(OpenedModel& opened, const engine::Plan& plan);

// What the configuration says of the plan of a file's model.
engine::PlanOptions PlanOptionsOf(const ModelFile& file, const Config& config);

// What is known of models' files, where packed weights are kept.
KnownFiles KnownFilesOf(const Config& config);

// The configured number, or one a CPU for 0.
int ThreadsOf(const Config& config);
int SessionsOf(const Config& config);

}  // namespace brink::apps
