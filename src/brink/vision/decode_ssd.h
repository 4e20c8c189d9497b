// From an SSD's tensors to detections: "SSD: Single Shot MultiBox Detector" (Liu et al. 2016), with
// one grid of anchors a feature map.
//
// Anchors come map by map, row by row; in each cell the first ratio with every size, then the first
// size with the other ratios. An anchor of size s and ratio r in column i and row j of a map of n
// cells a side:
//   width = s sqrt(r), height = s / sqrt(r), centre = ((i + .5) / n, (j + .5) / n).
// A box's offsets d with variances v move it off its anchor:
//   centre = anchor centre + d v anchor size, size = anchor size exp(d v).
#pragma once

#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/vision/card.h"
#include "brink/vision/detection.h"
#include "brink/vision/nms.h"
#include "brink/vision/tensor_floats.h"

namespace brink::vision {

struct Anchor {
  float centre_x = 0;
  float centre_y = 0;
  float width = 0;
  float height = 0;
};

int AnchorCount(const SsdDecoder& ssd);
// The anchor of that index, in [0, AnchorCount).
Anchor AnchorAt(const SsdDecoder& ssd, int index);
// Offsets to a box; it may reach beyond the picture.
Box BoxAt(const SsdDecoder& ssd, const Anchor& anchor, std::span<const float, 4> offsets);

// Whether tensors of these shapes are what the decoder reads: boxes [1, anchors, 4], scores [1,
// anchors, classes], a label a class where there are labels. kFailedPrecondition says what was
// expected.
Status CheckSsd(const SsdDecoder& ssd, const std::vector<std::string>& labels, const Shape& boxes,
                const Shape& scores);

// The detections whose best class scores above the threshold, after suppression, best first, boxes
// cut at the picture's edges; those outside of it are left out. Fails as CheckSsd does.
Result<std::vector<Detection>> DecodeSsd(const SsdDecoder& ssd,
                                         const std::vector<std::string>& labels,
                                         const TensorFloats& boxes, const TensorFloats& scores);

}  // namespace brink::vision
