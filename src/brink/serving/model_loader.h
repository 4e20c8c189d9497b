// A .tflite file becomes something that answers: read, planned, with warm sessions.
#pragma once

#include <memory>
#include <string>

#include "brink/base/result.h"
#include "brink/engine/plan.h"
#include "brink/model/graph.h"
#include "brink/serving/session_pool.h"

namespace brink::serving {

struct LoadOptions {
  engine::PlanOptions plan;
  SessionPoolOptions pool;
};

struct LoadedModel {
  std::shared_ptr<const model::Model> model;
  std::shared_ptr<const engine::Plan> plan;
  std::shared_ptr<SessionPool>
      pool;  // its sessions have each run once, so that the first request waits for nothing
};

// The errors of ReadModel, Plan::Build and SessionPool::Create.
Result<LoadedModel> LoadModel(const std::string& path, const LoadOptions& options);
// For a model that was read before, to look at it first.
Result<LoadedModel> LoadModel(std::shared_ptr<const model::Model> model,
                              const LoadOptions& options);

}  // namespace brink::serving
