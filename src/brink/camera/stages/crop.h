// Small things far away: the model looks at the part of the picture that moves, not at all of it
// shrunk to its input.
#pragma once

#include <optional>
#include <vector>

#include "brink/vision/detection.h"
#include "brink/vision/pixels.h"

namespace brink::camera {

// The part to look at around what `moved`: with a margin, at least a quarter of each side, of the
// picture's proportions. Nothing where that is most of the picture, or nothing moved.
std::optional<vision::Region> CropAround(const vision::Region& moved, int width, int height);

// Detections relative to a part of a picture become detections of the picture, beside those of
// `before` whose middle is outside of the part: what did not move is still there.
std::vector<vision::Detection> JoinCropped(std::vector<vision::Detection> found,
                                           const vision::Region& part, int width, int height,
                                           const std::vector<vision::Detection>& before);

}  // namespace brink::camera
