// MediaPipe's operators between the stages of a face: crops around landmarks and the way back.
// Source: MediaPipe util/tflite/operations/, version 2 of each.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace brink::kernels {

// Row by row; points are columns (x, y, 0, 1).
using Transform = std::array<float, 16>;

struct LandmarkCrop {
  int left = 0;   // the landmarks whose line is turned
  int right = 0;  // to the target's angle
  float target_radians = 0;
  int width = 1;  // of the crop in pixels
  int height = 1;
  float scale_x = 1;  // of the landmarks' box
  float scale_y = 1;
  std::vector<std::pair<int, int>> subset;  // landmarks that the crop surrounds; not empty
};

// Takes places in the crop to places in the picture. `landmarks` is [landmarks, 3].
Transform CropTransform(const LandmarkCrop& crop, const float* landmarks);

// Landmarks [count, dimensions]: x and y transformed, the rest copied. dimensions is 2 or 3.
void TransformLandmarks(const Transform& transform, int64_t count, int dimensions,
                        const float* landmarks, float* output);

struct CropShape {
  int in_height = 1;
  int in_width = 1;
  int channels = 1;
  int out_height = 1;
  int out_width = 1;
};

// output [out_height, out_width, channels]: where `transform` takes each pixel's centre, blended
// from the four around; zero outside of the input.
void CropBilinear(const CropShape& shape, const Transform& transform, const float* input,
                  float* output);

}  // namespace brink::kernels
