// From the two tensors of BlazeFace ("BlazeFace: Sub-millisecond Neural Face Detection on Mobile
// GPUs", Bazarevsky et al. 2019) and of MediaPipe's other detectors (palms, poses) to detections.
//
// Anchors have no size, only a place: map by map, row by row, in each cell `anchors` of them at its
// middle, ((i + .5) / n, (j + .5) / n). A row of the boxes' tensor is x, y, width, height in pixels
// of the input, then points that are not told of:
//   centre = anchor + (x, y) / scale, size = (width, height) / scale.
// Scores are logits: score = 1 / (1 + exp(-logit)).
#pragma once

#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/vision/card.h"
#include "brink/vision/detection.h"
#include "brink/vision/fill_input.h"
#include "brink/vision/tensor_floats.h"

namespace brink::vision {

int64_t AnchorCount(const BlazeFaceDecoder& face);

// Whether the tensors are boxes [1, anchors, 4 or more] and scores [1, anchors, 1].
// kFailedPrecondition says what was expected.
Status CheckBlazeFace(const BlazeFaceDecoder& face, const Shape& boxes, const Shape& scores);

// The anchors whose score is above the threshold, after suppression, best first; all are of the
// first label. `input` is what stands for a scale of 0. Fails as CheckBlazeFace does.
Result<std::vector<Detection>> DecodeBlazeFace(const BlazeFaceDecoder& face,
                                               const std::vector<std::string>& labels,
                                               const InputSize& input, const TensorFloats& boxes,
                                               const TensorFloats& scores);

}  // namespace brink::vision
