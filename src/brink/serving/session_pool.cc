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

// Whether zeros make sense to the model does not matter: an error of this run says nothing of the
// next. A model with variables is left alone, its state is the users'.
void WarmUp(engine::Session& session) {
  for (size_t i = 0; i < session.plan().inputs().size(); ++i) {
    const TensorView input = session.input(static_cast<int>(i));
    std::fill(input.bytes.begin(), input.bytes.end(), std::byte{0});
  }
  static_cast<void>(session.Run());
}

}  // namespace

Result<std::unique_ptr<SessionPool>> SessionPool::Create(std::shared_ptr<const engine::Plan> plan,
                                                         const SessionPoolOptions& options) {
  if (options.sessions < 1) {
    return Fail(Code::kInvalidArgument,
                "sessions: " + std::to_string(options.sessions) + ", wanted at least 1");
  }
  const bool has_state = HasState(plan->model());
  const int count = has_state ? 1 : options.sessions;
  Sessions sessions;
  for (int i = 0; i < count; ++i) {
    BRINK_ASSIGN(sessions.emplace_back(), engine::Session::Create(plan, options.threads));
    if (!has_state) WarmUp(*sessions.back());
  }
  return std::unique_ptr<SessionPool>(
      new SessionPool(std::move(plan), std::move(sessions), options.max_queue));
}

SessionPool::SessionPool(std::shared_ptr<const engine::Plan> plan, Sessions sessions,
                         size_t max_queue)
    : plan_(std::move(plan)),
      has_state_(HasState(plan_->model())),
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
