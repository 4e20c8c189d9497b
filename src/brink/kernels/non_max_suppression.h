// Non-maximum suppression of one class, hard and soft.
// Source: TFLite reference/non_max_suppression.h; "Soft-NMS - Improving Object Detection With One
// Line of Code" (Bodla et al. 2017). A box without area, which overlaps nothing, is selected once,
// as TensorFlow does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "brink/kernels/detection.h"

namespace brink::kernels {

struct Suppression {
  float overlap = 0.5F;  // as much as this of a selected box, or more, and a box is dropped
  float score = 0;       // and so is one that does not score more than this
  // Of the Gaussian by which the score of what overlaps less falls; 0: it does not fall.
  float sigma = 0;
};

size_t SuppressionScratchBytes(int64_t boxes);

// Fills `selected` with indices of `boxes` (any two opposite corners each), the best first, and
// zeros; `scores_out`, unless null, with as many of their scores. Of equal scores the first box
// wins. Returns how many are selected.
int SuppressBoxes(const Suppression& suppression, std::span<const Corners> boxes,
                  const float* scores, std::span<int32_t> selected, float* scores_out,
                  std::byte* scratch);

}  // namespace brink::kernels
