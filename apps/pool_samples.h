// What a pool of sessions tells Prometheus.
#pragma once

#include <memory>

#include "brink/metrics/metrics.h"
#include "brink/serving/session_pool.h"

namespace brink::apps {

metrics::Source PoolSamples(std::shared_ptr<serving::SessionPool> pool);

}  // namespace brink::apps
