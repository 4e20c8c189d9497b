#include "pool_samples.h"

#include <utility>

namespace brink::apps {

metrics::Source PoolSamples(std::shared_ptr<serving::SessionPool> pool) {
  return [pool = std::move(pool)] {
    using Kind = metrics::Sample::Kind;
    const serving::QueueStats stats = pool->stats();
    const auto sample = [](const char* name, const char* help, auto value, Kind kind) {
      return metrics::Sample{name, help, static_cast<double>(value), kind, {}};
    };
    return std::vector<metrics::Sample>{
        sample("brink_queue_length", "Predictions that wait for a session", stats.queued,
               Kind::kGauge),
        sample("brink_predictions_running", "Predictions that run now", stats.running,
               Kind::kGauge),
        sample("brink_predictions_total", "Predictions that ran", stats.completed, Kind::kCounter),
        sample("brink_predictions_expired_total",
               "Predictions whose client or deadline had gone before their turn", stats.expired,
               Kind::kCounter),
        sample("brink_predictions_refused_total",
               "Predictions refused because the queue was full or the server stopping",
               stats.refused, Kind::kCounter),
        sample("brink_queue_seconds_total", "Seconds that predictions waited", stats.queue_seconds,
               Kind::kCounter),
        sample("brink_compute_seconds_total", "Seconds that predictions ran", stats.compute_seconds,
               Kind::kCounter),
        sample("brink_sessions", "Sessions of the model", pool->sessions(), Kind::kGauge),
        sample("brink_arena_bytes", "Memory of one session's tensors", pool->plan().arena_bytes(),
               Kind::kGauge),
        sample("brink_weights_bytes", "Memory of the weights that all sessions share",
               pool->plan().weights_bytes(), Kind::kGauge),
    };
  };
}

}  // namespace brink::apps
