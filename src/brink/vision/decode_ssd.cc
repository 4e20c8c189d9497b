#include "brink/vision/decode_ssd.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace brink::vision {
namespace {

int AnchorsPerCell(const SsdDecoder& ssd, size_t map) {
  return static_cast<int>(ssd.sizes[map].size() + ssd.ratios.size()) - 1;
}

// The best class of every anchor that is above the threshold.
std::vector<Candidate> Candidates(const SsdDecoder& ssd, const TensorFloats& boxes,
                                  const TensorFloats& scores) {
  const auto classes = static_cast<size_t>(scores.shape[2]);
  const size_t anchors = scores.values.size() / classes;
  std::vector<Candidate> candidates;
  for (size_t k = 0; k < anchors; ++k) {
    const auto of_anchor = scores.values.subspan(k * classes, classes);
    const auto best = std::max_element(of_anchor.begin(), of_anchor.end());
    if (!(*best > ssd.score_threshold)) continue;
    const int index = static_cast<int>(k);
    const auto offsets = boxes.values.subspan(k * 4).first<4>();
    candidates.push_back({.box = BoxAt(ssd, AnchorAt(ssd, index), offsets),
                          .score = *best,
                          .index = index,
                          .label = static_cast<int>(best - of_anchor.begin())});
  }
  return candidates;
}

}  // namespace

int AnchorCount(const SsdDecoder& ssd) {
  int count = 0;
  for (size_t map = 0; map < ssd.feature_maps.size(); ++map) {
    count += ssd.feature_maps[map] * ssd.feature_maps[map] * AnchorsPerCell(ssd, map);
  }
  return count;
}

Anchor AnchorAt(const SsdDecoder& ssd, int index) {
  for (size_t map = 0; map < ssd.feature_maps.size(); ++map) {
    const int side = ssd.feature_maps[map];
    const int per_cell = AnchorsPerCell(ssd, map);
    if (index >= side * side * per_cell) {
      index -= side * side * per_cell;
      continue;
    }
    const int cell = index / per_cell;
    const auto kind = static_cast<size_t>(index % per_cell);
    const auto& sizes = ssd.sizes[map];
    const float size = kind < sizes.size() ? sizes[kind] : sizes[0];
    const float ratio = kind < sizes.size() ? ssd.ratios[0] : ssd.ratios[kind - sizes.size() + 1];
    const float root = std::sqrt(ratio);
    return {.centre_x = (static_cast<float>(cell % side) + .5f) / static_cast<float>(side),
            .centre_y = (static_cast<float>(cell / side) + .5f) / static_cast<float>(side),
            .width = size * root,
            .height = size / root};
  }
  assert(false);  // index >= AnchorCount
  return {};
}

Box BoxAt(const SsdDecoder& ssd, const Anchor& anchor, std::span<const float, 4> offsets) {
  const auto& v = ssd.variances;
  const float x = anchor.centre_x + offsets[0] * v[0] * anchor.width;
  const float y = anchor.centre_y + offsets[1] * v[1] * anchor.height;
  const float half_width = anchor.width * std::exp(offsets[2] * v[2]) / 2;
  const float half_height = anchor.height * std::exp(offsets[3] * v[3]) / 2;
  return {x - half_width, y - half_height, x + half_width, y + half_height};
}

Status CheckSsd(const SsdDecoder& ssd, const std::vector<std::string>& labels, const Shape& boxes,
                const Shape& scores) {
  const int64_t anchors = AnchorCount(ssd);
  if (!(boxes == Shape{1, anchors, 4})) {
    return Fail(Code::kFailedPrecondition, "boxes '" + ssd.boxes + "': the card's anchors want " +
                                               Shape{1, anchors, 4}.ToString() +
                                               ", the tensor is " + boxes.ToString());
  }
  const bool fits = scores.rank() == 3 && scores[0] == 1 && scores[1] == anchors && scores[2] >= 1;
  const auto named = static_cast<int64_t>(labels.size());
  if (!fits || (named > 0 && scores[2] != named)) {
    const std::string classes = named > 0 ? std::to_string(named) : "classes";
    return Fail(Code::kFailedPrecondition, "scores '" + ssd.scores +
                                               "': the card's anchors and labels want [1, " +
                                               std::to_string(anchors) + ", " + classes +
                                               "], the tensor is " + scores.ToString());
  }
  return {};
}

Result<std::vector<Detection>> DecodeSsd(const SsdDecoder& ssd,
                                         const std::vector<std::string>& labels,
                                         const TensorFloats& boxes, const TensorFloats& scores) {
  BRINK_TRY(CheckSsd(ssd, labels, boxes.shape, scores.shape));
  return ToDetections(SuppressOverlaps(Candidates(ssd, boxes, scores), ssd.nms), labels);
}

}  // namespace brink::vision
