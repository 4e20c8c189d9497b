// What Prometheus is told of a camera.
#pragma once

#include <string>
#include <vector>

#include "brink/camera/feed.h"
#include "brink/camera/pipeline.h"
#include "brink/metrics/metrics.h"

namespace brink::apps {

std::vector<metrics::Sample> CameraSamples(const std::string& camera,
                                           const camera::FeedStatus& feed,
                                           const camera::PipelineStatus& pipeline);

}  // namespace brink::apps
