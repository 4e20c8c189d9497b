// From the one tensor of a YOLO's head to detections.
//
// YOLOv5 (github.com/ultralytics/yolov5): [1, places, 5 + classes], each place being centre x,
// centre y, width, height, objectness, a score a class; score = objectness times class score.
// YOLOv8, 9 and 11 (docs.ultralytics.com): [1, 4 + classes, places], without objectness. Scores
// went through the logistic function in the model. TFLite exports have boxes relative to the input,
// others in its pixels.
#pragma once

#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/vision/card.h"
#include "brink/vision/detection.h"
#include "brink/vision/fill_input.h"
#include "brink/vision/tensor_floats.h"

namespace brink::vision {

// Whether a tensor of this shape is such a head, a class a label where there are labels.
// kFailedPrecondition says what was expected.
Status CheckYolo(const YoloDecoder& yolo, const std::vector<std::string>& labels,
                 const Shape& output);

// The places whose best class scores above the threshold, after suppression, best first. `input` is
// the size that pixels are counted in. Fails as CheckYolo does.
Result<std::vector<Detection>> DecodeYolo(const YoloDecoder& yolo,
                                          const std::vector<std::string>& labels,
                                          const InputSize& input, const TensorFloats& output);

}  // namespace brink::vision
