// Who looks at a frame: a model on this machine, a server elsewhere, a test's fake.
#pragma once

#include <memory>
#include <vector>

#include "brink/api/predictor.h"
#include "brink/base/result.h"
#include "brink/vision/detection.h"
#include "brink/vision/pixels.h"

namespace brink::camera {

struct Found {
  std::vector<vision::Detection> detections;  // best first
  std::vector<vision::Classification> classifications;
  double preprocess_ms = 0;
  double inference_ms = 0;
  double postprocess_ms = 0;
};

class Detector {
 public:
  virtual ~Detector() = default;
  // Waits for the answer. Any number of threads at once.
  virtual Result<Found> Detect(const vision::PixelsView& picture) = 0;
  // Detections that score no more than this are there for the tracker alone: too unsure to be told
  // of, good enough to follow what was sure before.
  virtual float sure_score() const { return 0; }
};

// Asks a predictor that takes pictures and answers {"detections": ...} or {"classifications": ...}
// (serving/card_predictor's form), wherever it is: the frame goes as a JPEG. `predictor` outlives
// it. kFailedPrecondition for an answer of another form.
std::unique_ptr<Detector> MakePredictorDetector(api::Predictor& predictor);

}  // namespace brink::camera
