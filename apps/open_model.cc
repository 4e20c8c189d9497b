#include "open_model.h"

#include "brink/base/cpu_count.h"
#include "brink/base/log.h"
#include "brink/model/file_pages.h"
#include "brink/serving/metadata_card.h"
#include "brink/serving/picture_pipeline.h"

namespace brink::apps {
namespace {

// Empty: nowhere.
std::string PackedFolder(const Config& config) {
  if (config.packed_weights == "off") return "";
  if (config.packed_weights != "auto") return config.packed_weights;
  const Result<std::string> cache =
      config.cache.empty() ? storage::DefaultCacheDir() : Result<std::string>(config.cache);
  return cache ? *cache + "/packed" : "";
}

void LogNoCard(const OpenedModel& opened, const std::string& reason) {
  if (reason.empty()) return;
  log::Info("no card from the model's metadata", {{"path", opened.file.path}, {"reason", reason}});
}

}  // namespace

Result<OpenedModel> OpenModel(const std::string& uri, const Config& config,
                              const std::atomic<bool>* cancelled) {
  OpenedModel opened;
  BRINK_ASSIGN(opened.file, BringModel(uri, config, cancelled));
  BRINK_ASSIGN(opened.model, model::ReadModel(opened.file.path, KnownFilesOf(config)));
  if (opened.file.sha256.empty())
    opened.file.sha256 = model::Sha256Of(*opened.model, KnownFilesOf(config));
  BRINK_ASSIGN(serving::ModelCard found, serving::FindModelCard(opened.file.path, *opened.model,
                                                                opened.file.sha256, config.card));
  LogNoCard(opened, found.unfit);
  opened.card = std::move(found.card);
  opened.plan = PlanOptionsOf(opened.file, config);
  if (opened.card) {
    opened.plan.outputs =
        serving::OutputsToCompute(opened.model->graphs[0], opened.plan.outputs, opened.card->card);
  }
  return opened;
}

void DropUnfitCard(OpenedModel& opened, const engine::Plan& plan) {
  LogNoCard(opened, serving::DropUnfitMetadataCard(opened.card, plan));
}

engine::PlanOptions PlanOptionsOf(const ModelFile& file, const Config& config) {
  engine::PlanOptions plan;
  plan.threads = ThreadsOf(config);
  plan.packed_folder = PackedFolder(config);
  plan.model_sha256 = file.sha256;
  if (!config.output_tensor_name.empty()) plan.outputs = {config.output_tensor_name};
  return plan;
}

KnownFiles KnownFilesOf(const Config& config) {
  return KnownFiles(engine::KnownFilesFolder(PackedFolder(config)));
}

int ThreadsOf(const Config& config) {
  return config.threads > 0 ? static_cast<int>(config.threads) : AvailableCpus();
}

int SessionsOf(const Config& config) {
  return config.sessions > 0 ? static_cast<int>(config.sessions) : AvailableCpus();
}

}  // namespace brink::apps
