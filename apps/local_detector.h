// A model of this process as the camera's detector.
#pragma once

#include <memory>

#include "brink/camera/detector.h"
#include "brink/serving/picture_pipeline.h"
#include "brink/serving/session_pool.h"

namespace brink::apps {

// Looks at pictures with sessions of `pool`, which other requests may share. kFailedPrecondition
// for a card without a decoder; PicturePipeline::Create's errors for one that does not fit the
// pool's plan.
Result<std::unique_ptr<camera::Detector>> MakeLocalDetector(
    std::shared_ptr<serving::SessionPool> pool, vision::Card card);

}  // namespace brink::apps
