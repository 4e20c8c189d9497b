// What a decoder finds in a picture.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "brink/vision/nms.h"

namespace brink::vision {

struct Detection {
  std::string label;
  int label_index = 0;
  float score = 0;
  std::array<float, 4> box{};  // xmin, ymin, xmax, ymax relative to the picture, 0..1
};

struct Classification {
  std::string label;
  int label_index = 0;
  float score = 0;
};

// A class for each place of a grid over the picture, and the connected regions of one class.
struct Segmentation {
  static constexpr uint8_t kNothing = 255;

  int width = 0;
  int height = 0;
  std::vector<uint8_t> classes;    // [height, width]: class indices, kNothing for background
  std::vector<Detection> regions;  // best first; the score is the mean of the region's places
};

using Found =
    std::variant<std::monostate, std::vector<Detection>, std::vector<Classification>, Segmentation>;

// What suppression left as detections, in that order: boxes cut at the picture's edges, those
// outside of it left out.
std::vector<Detection> ToDetections(const std::vector<Candidate>& kept,
                                    const std::vector<std::string>& labels);

}  // namespace brink::vision
