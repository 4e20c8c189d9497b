// Affine quantisation: real = scale * (stored - zero_point), for a whole tensor or along one axis.
// Source: "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
// Inference" (Jacob et al. 2018), TensorFlow Lite 8-bit quantization specification.
#pragma once

#include <cstdint>
#include <span>
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

// A Quantization where something else keeps it that outlives the view: a model's file. Copies of a
// scale and a zero point for each channel would take more memory than a small model's weights.
struct QuantizationView {
  std::span<const float> scale;
  std::span<const int64_t> zero_point;
  int axis = 0;

  QuantizationView() = default;
  QuantizationView(const Quantization& q)  // NOLINT(google-explicit-constructor): as a span is made
      : scale(q.scale), zero_point(q.zero_point), axis(q.axis) {}
  QuantizationView(Quantization&&) = delete;

  bool empty() const { return scale.empty(); }
  bool per_channel() const { return scale.size() > 1; }
  Quantization Copy() const {
    return {{scale.begin(), scale.end()}, {zero_point.begin(), zero_point.end()}, axis};
  }
};

}  // namespace brink
