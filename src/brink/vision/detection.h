// What a decoder finds in a picture.
#pragma once

#include <array>
#include <string>
#include <vector>

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

}  // namespace brink::vision
