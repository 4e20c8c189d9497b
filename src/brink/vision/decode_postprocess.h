// From the four tensors of TFLite's custom operator TFLite_Detection_PostProcess to detections. The
// operator has suppressed overlaps itself; its boxes are [ymin, xmin, ymax, xmax] relative to the
// input, its classes are numbers without the background class
// (tensorflow/lite/kernels/detection_postprocess.cc).
#pragma once

#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/vision/card.h"
#include "brink/vision/detection.h"
#include "brink/vision/tensor_floats.h"

namespace brink::vision {

// Whether the tensors fit one another: boxes [1, places, 4], classes and scores [1, places], count
// one number; an extent of -1 is known at run time only. kFailedPrecondition says what was
// expected.
Status CheckPostProcess(const PostProcessDecoder& decoder, const Shape& boxes, const Shape& classes,
                        const Shape& scores, const Shape& count);

// The first `count` detections above the threshold, best first. Fails as CheckPostProcess does.
Result<std::vector<Detection>> DecodePostProcess(const PostProcessDecoder& decoder,
                                                 const std::vector<std::string>& labels,
                                                 const TensorFloats& boxes,
                                                 const TensorFloats& classes,
                                                 const TensorFloats& scores,
                                                 const TensorFloats& count);

}  // namespace brink::vision
