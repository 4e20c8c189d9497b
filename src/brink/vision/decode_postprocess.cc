#include "brink/vision/decode_postprocess.h"

#include <algorithm>
#include <cmath>

#include "brink/vision/labels.h"

namespace brink::vision {
namespace {

bool Fits(const Shape& shape, const Shape& wanted) {
  if (shape.rank() != wanted.rank()) return false;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] != wanted[axis] && shape[axis] != -1 && wanted[axis] != -1) return false;
  }
  return true;
}

Status Want(const std::string& what, const Shape& shape, const Shape& wanted) {
  if (Fits(shape, wanted)) return {};
  return Fail(Code::kFailedPrecondition,
              what + ": expected " + wanted.ToString() + ", the tensor is " + shape.ToString());
}

bool IsLabel(float number) { return number >= 0 && number < static_cast<float>(kMaxLabels); }

}  // namespace

Status CheckPostProcess(const PostProcessDecoder& decoder, const Shape& boxes, const Shape& classes,
                        const Shape& scores, const Shape& count) {
  const int64_t places = boxes.rank() == 3 ? boxes[1] : -1;
  BRINK_TRY(Want("boxes '" + decoder.boxes + "'", boxes, Shape{1, places, 4}));
  BRINK_TRY(Want("classes '" + decoder.classes + "'", classes, Shape{1, places}));
  BRINK_TRY(Want("scores '" + decoder.scores + "'", scores, Shape{1, places}));
  if (count.elements() == 1 || !count.known()) return {};
  return Fail(
      Code::kFailedPrecondition,
      "count '" + decoder.count + "': expected one number, the tensor is " + count.ToString());
}

Result<std::vector<Detection>> DecodePostProcess(const PostProcessDecoder& decoder,
                                                 const std::vector<std::string>& labels,
                                                 const TensorFloats& boxes,
                                                 const TensorFloats& classes,
                                                 const TensorFloats& scores,
                                                 const TensorFloats& count) {
  BRINK_TRY(CheckPostProcess(decoder, boxes.shape, classes.shape, scores.shape, count.shape));
  const float said = count.values[0];
  const auto places = static_cast<float>(scores.values.size());
  const auto used = static_cast<size_t>(said > 0 ? std::min(said, places) : 0);
  std::vector<Candidate> found;
  for (size_t k = 0; k < used; ++k) {
    const float score = scores.values[k];
    const float label = classes.values[k];
    if (!(score > decoder.score_threshold) || !std::isfinite(score) || !IsLabel(label)) continue;
    const auto box = boxes.values.subspan(k * 4).first<4>();
    if (!std::all_of(box.begin(), box.end(), [](float edge) { return std::isfinite(edge); })) {
      continue;
    }
    found.push_back({.box = {box[1], box[0], box[3], box[2]},
                     .score = score,
                     .index = static_cast<int>(k),
                     .label = static_cast<int>(std::lround(label))});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  return ToDetections(found, labels);
}

}  // namespace brink::vision
