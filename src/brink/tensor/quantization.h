// Affine quantisation: real = scale * (stored - zero_point), for a whole tensor or along one axis.
// Source: "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
// Inference" (Jacob et al. 2018), TensorFlow Lite 8-bit quantization specification.
#pragma once

#include <cstdint>
#include <vector>

namespace brink {

struct Quantization {
  std::vector<float> scale;  // empty: not quantised; one: per tensor; else one a slice of `axis`
  std::vector<int64_t> zero_point;  // as many as `scale`
  int axis = 0;

  bool empty() const { return scale.empty(); }
  bool per_channel() const { return scale.size() > 1; }
  bool operator==(const Quantization&) const = default;
};

}  // namespace brink
