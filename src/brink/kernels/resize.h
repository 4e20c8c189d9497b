// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR over [batch, height, width, channels].
// Source: TFLite reference/resize_bilinear.h, resize_nearest_neighbor.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "brink/kernels/parallel.h"
#include "brink/tensor/type.h"

namespace brink::kernels {

// All extents are positive; at most one of the flags is set for bilinear.
struct ResizeProblem {
  int batch = 1;
  int in_height = 1;
  int in_width = 1;
  int out_height = 1;
  int out_width = 1;
  int channels = 1;
  bool align_corners = false;
  bool half_pixel_centers = false;
};

// For each thread: a blended row.
size_t ResizeScratchBytes(const ResizeProblem& problem, int threads);

struct ResizeCall {
  const void* input = nullptr;
  void* output = nullptr;        // does not overlap input
  std::byte* scratch = nullptr;  // ResizeScratchBytes()
  Parallel parallel;
};

// `type` is kFloat32, kInt8, kUInt8 or kInt16. Integers are stored values, which bilinear weights
// leave in their scale: int8 and int16 by 10-bit weights, rounded half away from zero; uint8 by
// float weights, rounded half up.
void ResizeBilinear(const ResizeProblem& problem, Type type, const ResizeCall& call);

// Elements of any type.
void ResizeNearest(const ResizeProblem& problem, size_t element_bytes, const ResizeCall& call);

}  // namespace brink::kernels
