// Detections drawn into a picture.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "brink/vision/detection.h"
#include "brink/vision/image.h"

namespace brink::vision {

// Frames each box, with "label score" on a bar above it (inside where there is no room), in a
// colour a label. Lines and letters grow with the picture. What reaches beyond the picture is cut.
void DrawDetections(Image& image, std::span<const Detection> detections);

// The best classes, one a line, in the upper left corner.
void DrawClassifications(Image& image, std::span<const Classification> classifications);

// An area (`closed`) or a line through points relative to the picture, [x, y] each, with its name
// on a bar at the first; thinner than what was detected.
void DrawPath(Image& image, std::span<const std::array<float, 2>> points, bool closed,
              std::string_view name);

// A line of text on a bar at the lower edge, cut where it is too long.
void DrawFooter(Image& image, std::string_view text);

}  // namespace brink::vision
