// A model of this process as the camera's detector.
#pragma once

#include <memory>

#include "brink/camera/detector.h"
#include "brink/serving/picture_pipeline.h"
#include "brink/serving/session_pool.h"

namespace brink::apps {

// Looks at pictures with sessions of `pool`, which other requests may share; `pipeline` is made for
// the pool's plan. kFailedPrecondition for a card without a decoder.
Result<std::unique_ptr<camera::Detector>> MakeLocalDetector(
    std::shared_ptr<serving::SessionPool> pool, serving::PicturePipeline pipeline);

}  // namespace brink::apps
