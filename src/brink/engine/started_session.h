// For tests: a model that a builder made, planned and in a session.
#pragma once

#include <memory>

#include "brink/engine/session.h"
#include "brink/model/builder.h"

namespace brink::engine {

inline Result<std::shared_ptr<const Plan>> Build(const model::ModelBuilder& builder,
                                                 const PlanOptions& options = {}) {
  return Plan::Build(model::ReadModel(builder.Build(), "test").value(), options);
}

// Throws what planning fails with.
inline std::unique_ptr<Session> Start(const model::ModelBuilder& builder,
                                      const PlanOptions& options = {}) {
  return Session::Create(Build(builder, options).value()).value();
}

}  // namespace brink::engine
