// From a tensor with a score for each class at each place to the class of each place, and to the
// connected regions of one class with their boxes.
#pragma once

#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/vision/card.h"
#include "brink/vision/detection.h"
#include "brink/vision/tensor_floats.h"

namespace brink::vision {

// Whether a tensor of this shape is what the decoder reads: [1, height, width, classes] of at most
// 255 classes, a label a class where there are labels. kFailedPrecondition says what was expected.
Status CheckSegment(const SegmentDecoder& segment, const std::vector<std::string>& labels,
                    const Shape& scores);

// Each place has its best class where that scores above the threshold and is not the background
// (which a tensor of one class has none of). Regions hang together by their sides; those below
// `least_share` of all places are left out of `regions`, and of very many the largest 100 stay.
// Fails as CheckSegment does.
Result<Segmentation> DecodeSegment(const SegmentDecoder& segment,
                                   const std::vector<std::string>& labels,
                                   const TensorFloats& scores);

}  // namespace brink::vision
