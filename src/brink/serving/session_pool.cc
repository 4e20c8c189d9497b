#include "brink/serving/session_pool.h"

#include <algorithm>
#include <string>
#include <utility>

namespace brink::serving {
namespace {

bool HasState(const model::Model& model) {
  return std::any_of(model.graphs.begin(), model.graphs.end(), [](const model::Graph& graph) {
    return std::any_of(graph.tensors.begin(), graph.tensors.end(),
                       [](const model::TensorInfo& tensor) { return tensor.is_variable; });
  });
}

}  // namespace

Result<std::unique_ptr<SessionPool>> SessionPool::Create(std::shared_ptr<const engine::Plan> plan,
                                                         const SessionPoolOptions& options) {
  if (options.sessions < 1) {
    return Fail(Code::kInvalidArgument,
                "sessions: " + std::to_string(options.sessions) + ", wanted at least 1");
  }
  const int count = HasState(plan->model()) ? 1 : options.sessions;
  Sessions sessions;
  for (int i = 0; i < count; ++i) {
    BRINK_ASSIGN(sessions.emplace_back(), engine::Session::Create(plan, options.threads));
  }
  return std::unique_ptr<SessionPool>(
      new SessionPool(std::move(plan), std::move(sessions), options.max_queue));
}

SessionPool::SessionPool(std::shared_ptr<const engine::Plan> plan, Sessions sessions,
                         size_t max_queue)
    : plan_(std::move(plan)),
      sessions_(std::make_shared<const Sessions>(std::move(sessions))),
      queue_(static_cast<int>(sessions_->size()), max_queue) {}

SessionPool::~SessionPool() = default;

Status SessionPool::Submit(Job job, const api::Context& context) {
  return queue_.Submit(
      [sessions = sessions_, job = std::move(job)](const Result<int>& worker) {
        if (!worker) return job(Fail(worker.error()));
        job((*sessions)[static_cast<size_t>(*worker)].get());
      },
      context);
}

void SessionPool::Stop(std::chrono::milliseconds grace) { queue_.Stop(grace); }

}  // namespace brink::serving
