#include "brink/serving/model_loader.h"

#include <utility>

#include "brink/model/file_pages.h"

namespace brink::serving {

Result<LoadedModel> LoadModel(const std::string& path, const LoadOptions& options) {
  BRINK_ASSIGN(
      std::shared_ptr<const model::Model> model,
      model::ReadModel(path, KnownFiles(engine::KnownFilesFolder(options.plan.packed_folder))));
  return LoadModel(std::move(model), options);
}

Result<LoadedModel> LoadModel(std::shared_ptr<const model::Model> model,
                              const LoadOptions& options) {
  LoadedModel loaded{.model = std::move(model)};
  engine::PlanOptions plan = options.plan;
  plan.pool = options.pool.threads;
  BRINK_ASSIGN(loaded.plan, engine::Plan::Build(loaded.model, plan));
  BRINK_ASSIGN(loaded.pool, SessionPool::Create(loaded.plan, options.pool));
  model::ReleaseFilePages(*loaded.model);
  return loaded;
}

}  // namespace brink::serving
