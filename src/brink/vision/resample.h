// A picture at another size, row by row: bilinear with half-pixel centres and clamped edges, as
// OpenCV's INTER_LINEAR (whose answers on 8 bits are within one level of these, being rounded in
// between).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "brink/vision/image.h"

namespace brink::vision {

// Gives the rows of `image` resized to width x height, as float RGB (or BGR) levels 0..255.
// Neighbouring rows share work, so ask for them in order. Keeps a reference to the image. Not for
// two threads at once.
class Resampler {
 public:
  // width, height >= 1; `swap_red_blue` gives BGR.
  Resampler(const Image& image, int width, int height, bool swap_red_blue);

  // Row y in [0, height): [width, 3], valid until the next call.
  std::span<const float> Row(int y);

 private:
  struct Tap {  // one output place on an axis: between pixels `first` and `second`, `weight` of the
                // second
    int first = 0;
    int second = 0;
    float weight = 0;
  };
  static std::vector<Tap> Taps(int from, int to);

  const std::vector<float>& SourceRow(int y);

  const Image& image_;
  bool swap_red_blue_;
  std::vector<Tap> columns_;
  std::vector<Tap> rows_;
  struct Kept {
    int y = -1;
    std::vector<float> levels;
  };
  std::array<Kept, 2> kept_;  // the source rows last used, resized along x
  std::vector<float> row_;
};

}  // namespace brink::vision
