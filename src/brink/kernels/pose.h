// Poses of people from a network's score maps and offsets.
// Source: "PersonLab: Person Pose Estimation and Instance Segmentation with a Bottom-Up,
// Part-Based, Geometric Embedding Model" (Papandreou et al. 2018); libcoral,
// pose_estimation/posenet_decoder.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace brink::kernels {

constexpr int kKeypoints = 17;  // nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles
constexpr int kPoseEdges = 16;  // between keypoints

struct PosePoint {
  float y = 0;
  float x = 0;
};

// All maps are [height, width, channels], in units of their own grid.
struct PoseMaps {
  int height = 0;
  int width = 0;
  const float* scores = nullptr;         // [.., kKeypoints], before the logistic function
  const float* short_offsets = nullptr;  // [.., 2 * kKeypoints]: of y, then of x
  // [.., 4 * kPoseEdges]: of y and x along the edges, then of y and x against them
  const float* mid_offsets = nullptr;
};

struct PoseDecoder {
  int most = 0;               // poses
  float score_threshold = 0;  // in (0, 1)
  float radius = 0;           // in the grid, in which a keypoint of a better pose hides another
  float stride = 1;           // pixels from one place of the grid to the next
};

struct Pose {
  std::array<PosePoint, kKeypoints> points;  // in pixels
  std::array<float, kKeypoints> scores{};
  float score = 0;
};

// The best first.
std::vector<Pose> DecodePoses(const PoseDecoder& decoder, const PoseMaps& maps);

// A map of offsets [height, width, 2 * kKeypoints] that lead from each place to the keypoints of
// the person that is there.
struct LongOffsets {
  int height = 0;
  int width = 0;
  const float* offsets = nullptr;
};
// For each pose a mask [height, width]: 1 where the offsets lead to it rather than to the others.
void MaskPoses(std::span<const Pose> poses, float stride, const LongOffsets& offsets, float* masks);

}  // namespace brink::kernels
