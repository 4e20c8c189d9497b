#include "open_model.h"

#include "brink/base/cpu_count.h"
#include "brink/base/log.h"
#include "brink/serving/metadata_card.h"
#include "brink/serving/picture_pipeline.h"

namespace brink::apps {
namespace {

void LogNoCard(const OpenedModel& opened, const std::string& reason) {
  if (reason.empty()) return;
  log::Info("no card from the model's metadata", {{"path", opened.file.path}, {"reason", reason}});
}

}  // namespace

Result<OpenedModel> OpenModel(const std::string& uri, const Config& config,
                              const std::atomic<bool>* cancelled) {
  OpenedModel opened;
  BRINK_ASSIGN(opened.file, BringModel(uri, config, cancelled));
  BRINK_ASSIGN(opened.model, model::ReadModel(opened.file.path));
  BRINK_ASSIGN(serving::ModelCard found,
               serving::FindModelCard(opened.file.path, *opened.model, config.card));
  LogNoCard(opened, found.unfit);
  opened.card = std::move(found.card);
  opened.plan.threads = ThreadsOf(config);
  if (!config.output_tensor_name.empty()) opened.plan.outputs = {config.output_tensor_name};
  if (opened.card) {
    opened.plan.outputs =
        serving::OutputsToCompute(opened.model->graphs[0], opened.plan.outputs, opened.card->card);
  }
  return opened;
}

void DropUnfitCard(OpenedModel& opened, const engine::Plan& plan) {
  LogNoCard(opened, serving::DropUnfitMetadataCard(opened.card, plan));
}

int ThreadsOf(const Config& config) {
  return config.threads > 0 ? static_cast<int>(config.threads) : AvailableCpus();
}

int SessionsOf(const Config& config) {
  return config.sessions > 0 ? static_cast<int>(config.sessions) : AvailableCpus();
}

}  // namespace brink::apps
