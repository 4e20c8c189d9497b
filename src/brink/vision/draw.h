// Detections drawn into a picture.
#pragma once

#include <span>

#include "brink/vision/detection.h"
#include "brink/vision/image.h"

namespace brink::vision {

// Frames each box, with "label score" on a bar above it (inside where there is no room), in a
// colour a label. Lines and letters grow with the picture. What reaches beyond the picture is cut.
void DrawDetections(Image& image, std::span<const Detection> detections);

// The best classes, one a line, in the upper left corner.
void DrawClassifications(Image& image, std::span<const Classification> classifications);

}  // namespace brink::vision
