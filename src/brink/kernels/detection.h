// TFLite_Detection_PostProcess: boxes decoded from anchors, then non-maximum suppression.
// Source: TFLite kernels/detection_postprocess.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace brink::kernels {

struct DetectionProblem {
  int boxes = 0;
  int columns = 0;  // of the scores: the classes, maybe with background before them
  int classes = 0;  // columns or columns - 1
  int most_detections = 0;
  int most_classes = 1;      // of one box; unless `regular`
  int most_per_class = 100;  // if `regular`
  // Each class suppresses its own boxes; else a box stands for its best class.
  bool regular = false;
  float score_threshold = 0;
  float iou_threshold = 0.5F;
  float y_scale = 1;
  float x_scale = 1;
  float h_scale = 1;
  float w_scale = 1;
};

// Corners as fractions of the picture.
struct Corners {
  float y_min, x_min, y_max, x_max;
};

struct DetectionInputs {
  const float* boxes = nullptr;    // [boxes, 4]: y, x, height, width
  const float* scores = nullptr;   // [boxes, columns]
  const float* anchors = nullptr;  // [boxes, 4], as boxes
};

// As long as there is room for; what is not detected is zero.
struct DetectionOutputs {
  std::span<Corners> boxes;
  std::span<float> classes;
  std::span<float> scores;
};

// Places for one output each.
int64_t DetectionPlaces(const DetectionProblem& problem);
size_t DetectionScratchBytes(const DetectionProblem& problem);
// Returns how many there are.
int Detect(const DetectionProblem& problem, const DetectionInputs& inputs,
           const DetectionOutputs& outputs, std::byte* scratch);

// Intersection over union; 0 for boxes without area.
float Overlap(const Corners& a, const Corners& b);

}  // namespace brink::kernels
