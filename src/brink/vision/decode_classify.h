// From a classifier's scores to its best classes.
#pragma once

#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/vision/card.h"
#include "brink/vision/detection.h"
#include "brink/vision/tensor_floats.h"

namespace brink::vision {

// Whether a tensor of this shape is what the decoder reads: [1, classes] (or more ones in front), a
// label a class where there are labels. kFailedPrecondition says what was expected.
Status CheckClassify(const ClassifyDecoder& classify, const std::vector<std::string>& labels,
                     const Shape& scores);

// The `top` best classes, best first, the lower index first among equals; through softmax where the
// card says that the scores are logits. Classes whose score is not a number are left out. Fails as
// CheckClassify does.
Result<std::vector<Classification>> DecodeClassify(const ClassifyDecoder& classify,
                                                   const std::vector<std::string>& labels,
                                                   const TensorFloats& scores);

}  // namespace brink::vision
