#include "brink/vision/detection.h"

#include <algorithm>

#include "brink/vision/labels.h"

namespace brink::vision {

std::vector<Detection> ToDetections(const std::vector<Candidate>& kept,
                                    const std::vector<std::string>& labels) {
  std::vector<Detection> detections;
  for (const Candidate& candidate : kept) {
    Box box = candidate.box;
    for (float& edge : box) edge = std::clamp(edge, 0.f, 1.f);
    if (!(box[0] < box[2] && box[1] < box[3])) continue;
    detections.push_back({.label = LabelOf(labels, candidate.label),
                          .label_index = candidate.label,
                          .score = candidate.score,
                          .box = box});
  }
  return detections;
}

}  // namespace brink::vision
