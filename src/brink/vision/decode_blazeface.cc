#include "brink/vision/decode_blazeface.h"

#include <cmath>

namespace brink::vision {
namespace {

struct Place {
  float x = 0;
  float y = 0;
};

std::vector<Place> Anchors(const BlazeFaceDecoder& face) {
  std::vector<Place> anchors;
  anchors.reserve(static_cast<size_t>(AnchorCount(face)));
  for (size_t map = 0; map < face.feature_maps.size(); ++map) {
    const int side = face.feature_maps[map];
    const auto middle = [&](int cell) {
      return (static_cast<float>(cell) + .5f) / static_cast<float>(side);
    };
    for (int cell = 0; cell < side * side; ++cell) {
      const Place place{middle(cell % side), middle(cell / side)};
      anchors.insert(anchors.end(), static_cast<size_t>(face.anchors[map]), place);
    }
  }
  return anchors;
}

}  // namespace

int64_t AnchorCount(const BlazeFaceDecoder& face) {
  int64_t count = 0;
  for (size_t map = 0; map < face.feature_maps.size(); ++map) {
    count += int64_t{face.feature_maps[map]} * face.feature_maps[map] * face.anchors[map];
  }
  return count;
}

Status CheckBlazeFace(const BlazeFaceDecoder& face, const Shape& boxes, const Shape& scores) {
  const int64_t anchors = AnchorCount(face);
  if (boxes.rank() != 3 || boxes[0] != 1 || boxes[1] != anchors || boxes[2] < 4) {
    return Fail(Code::kFailedPrecondition,
                "boxes '" + face.boxes + "': the card's anchors want [1, " +
                    std::to_string(anchors) + ", 4 or more], the tensor is " + boxes.ToString());
  }
  if (scores == Shape{1, anchors, 1} || scores == Shape{1, anchors}) return {};
  return Fail(Code::kFailedPrecondition, "scores '" + face.scores + "': the card's anchors want " +
                                             Shape{1, anchors, 1}.ToString() + ", the tensor is " +
                                             scores.ToString());
}

Result<std::vector<Detection>> DecodeBlazeFace(const BlazeFaceDecoder& face,
                                               const std::vector<std::string>& labels,
                                               const InputSize& input, const TensorFloats& boxes,
                                               const TensorFloats& scores) {
  BRINK_TRY(CheckBlazeFace(face, boxes.shape, scores.shape));
  const float width = face.scale > 0 ? face.scale : static_cast<float>(input.width);
  const float height = face.scale > 0 ? face.scale : static_cast<float>(input.height);
  const std::vector<Place> anchors = Anchors(face);
  const auto row = static_cast<size_t>(boxes.shape[2]);
  std::vector<Candidate> candidates;
  for (size_t k = 0; k < anchors.size(); ++k) {
    const float score = 1 / (1 + std::exp(-scores.values[k]));
    if (!(score > face.score_threshold)) continue;
    const auto offsets = boxes.values.subspan(k * row, 4);
    const float x = anchors[k].x + offsets[0] / width;
    const float y = anchors[k].y + offsets[1] / height;
    const float half_width = offsets[2] / width / 2;
    const float half_height = offsets[3] / height / 2;
    candidates.push_back({.box = {x - half_width, y - half_height, x + half_width, y + half_height},
                          .score = score,
                          .index = static_cast<int>(k)});
  }
  return ToDetections(SuppressOverlaps(std::move(candidates), face.nms), labels);
}

}  // namespace brink::vision
