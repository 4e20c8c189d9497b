// What detectors that read a model's outputs by its card have alike, wherever the model runs.
#pragma once

#include <utility>
#include <variant>
#include <vector>

#include "brink/base/result.h"
#include "brink/camera/detector.h"
#include "brink/vision/card.h"

namespace brink::camera {

// Lowers the threshold of the card's decoder, so that the tracker gets unsure detections beside the
// sure ones. Answers the one that it had, the detector's sure_score(); 0 where it has none.
// kFailedPrecondition for a card without a decoder.
Result<float> LowerThreshold(vision::Card& card);

// Moves what a decoder found: `answer` is a variant with vision::Found's kinds in it.
template <class Answer>
void MoveFound(Answer& answer, Found& found) {
  if (auto* boxes = std::get_if<std::vector<vision::Detection>>(&answer)) {
    found.detections = std::move(*boxes);
  } else if (auto* segments = std::get_if<vision::Segmentation>(&answer)) {
    found.detections = std::move(segments->regions);
  } else if (auto* classes = std::get_if<std::vector<vision::Classification>>(&answer)) {
    found.classifications = std::move(*classes);
  }
}

}  // namespace brink::camera
