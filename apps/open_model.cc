#include "open_model.h"

#include "brink/base/cpu_count.h"
#include "brink/serving/picture_pipeline.h"

namespace brink::apps {

Result<OpenedModel> OpenModel(const std::string& uri, const Config& config,
                              const std::atomic<bool>* cancelled) {
  OpenedModel opened;
  BRINK_ASSIGN(opened.file, BringModel(uri, config, cancelled));
  BRINK_ASSIGN(opened.model, model::ReadModel(opened.file.path));
  BRINK_ASSIGN(opened.card, vision::FindCard(opened.file.path, opened.model->sha256, config.card));
  opened.plan.threads = ThreadsOf(config);
  if (!config.output_tensor_name.empty()) opened.plan.outputs = {config.output_tensor_name};
  if (opened.card) {
    opened.plan.outputs =
        serving::OutputsToCompute(opened.model->graphs[0], opened.plan.outputs, opened.card->card);
  }
  return opened;
}

int ThreadsOf(const Config& config) {
  return config.threads > 0 ? static_cast<int>(config.threads) : AvailableCpus();
}

int SessionsOf(const Config& config) {
  return config.sessions > 0 ? static_cast<int>(config.sessions) : AvailableCpus();
}

}  // namespace brink::apps
