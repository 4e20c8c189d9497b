#include "request_log.h"

#include "brink/base/log.h"

namespace brink::apps {
namespace {

// A path comes from outside, in any length.
constexpr size_t kLongestPath = 256;

double Milliseconds(std::chrono::duration<double> duration) { return duration.count() * 1e3; }

}  // namespace

void RequestLog::OnRequest(const api::Observation& observation) {
  next_.OnRequest(observation);
  const log::Level level = access_log_ ? log::Level::kInfo : log::Level::kDebug;
  if (!log::Enabled(level)) return;
  log::Write(level, "request",
             {{"id", observation.request_id},
              {"method", observation.verb},
              {"path", observation.path.substr(0, kLongestPath)},
              {"code", observation.code},
              {"ms", Milliseconds(observation.total)},
              {"model_ms", Milliseconds(observation.unit)},
              {"bytes_in", observation.request_bytes},
              {"bytes_out", observation.response_bytes}});
}

}  // namespace brink::apps
