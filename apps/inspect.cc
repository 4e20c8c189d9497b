#include <cstdio>
#include <filesystem>

#include "bring_model.h"
#include "brink/engine/plan.h"
#include "brink/model/file_pages.h"
#include "brink/serving/metadata_card.h"
#include "commands.h"
#include "model_report.h"

namespace brink::apps {
namespace {

struct Options {
  std::string model;
  bool json = false;
  bool all = false;
};

Result<PlanSummary> Summarize(const Result<std::shared_ptr<const engine::Plan>>& plan) {
  if (!plan) return Fail(plan.error());
  return PlanSummary{(*plan)->arena_bytes(), (*plan)->weights_bytes()};
}

// As `brink run` would find it.
Result<serving::ModelCard> FindCard(const ModelFile& file, const model::Model& model,
                                    const Config& config, const engine::Plan* plan) {
  BRINK_ASSIGN(serving::ModelCard found,
               serving::FindModelCard(file.path, model, file.sha256, config.card));
  if (plan == nullptr) return found;
  std::string unfit = serving::DropUnfitMetadataCard(found.card, *plan);
  if (!unfit.empty()) found.unfit = std::move(unfit);
  return found;
}

Status Inspect(const Options& options, const Config& config) {
  BRINK_ASSIGN(ModelFile file, BringModel(options.model, config));
  BRINK_ASSIGN(const auto model, model::ReadModel(file.path));
  file.sha256 = model::Sha256Of(*model);
  const auto plan = engine::Plan::Build(model);
  BRINK_ASSIGN(const serving::ModelCard found,
               FindCard(file, *model, config, plan ? plan->get() : nullptr));
  const ModelReport report{.path = file.path,
                           .file_bytes = std::filesystem::file_size(file.path),
                           .sha256 = file.sha256,
                           .model = *model,
                           .plan = Summarize(plan),
                           .card = found.card ? found.card->source : "",
                           .no_card = found.unfit};
  const std::string text = options.json ? json::Write(ReportJson(report), {.indent = 2}) + "\n"
                                        : ReportText(report, options.all);
  std::fputs(text.c_str(), stdout);
  return {};
}

}  // namespace

Command InspectCommand() {
  const auto options = std::make_shared<Options>();
  return {.name = "inspect",
          .help = "Show what is in a model: tensors, operators, signatures, memory",
          .example = "example: brink inspect face_mask_detection.tflite",
          .settings = {"card", "cache", "mirror", "mirror_rules", "allow", "offline", "ca_file",
                       "log_level", "log_format"},
          .arguments =
              [options](CLI::App& app) {
                app.add_option("MODEL", options->model,
                               "a .tflite file, a folder with one, or a URI")
                    ->required();
                app.add_flag("--json", options->json, "write everything as JSON");
                app.add_flag("--all", options->all, "list every tensor and operator");
              },
          .action = [options](const Config& config) { return Inspect(*options, config); }};
}

}  // namespace brink::apps
