// A transposed convolution as ordinary ones: output pixels whose place divided by the stride leaves
// the same rest see the same part of the filter, so each such phase is a convolution of stride 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "brink/kernels/parallel.h"
#include "brink/kernels/window.h"

namespace brink::kernels {

// Input pixel (y, x) adds to outputs (y * stride - pad + ky, x * stride - pad + kx).
struct TransposeConvShape {
  int batch = 1;
  int in_height = 1;
  int in_width = 1;
  int in_channels = 1;
  int out_height = 1;
  int out_width = 1;
  int out_channels = 1;
  int filter_height = 1;
  int filter_width = 1;
  int stride_height = 1;
  int stride_width = 1;
  int pad_top = 0;
  int pad_left = 0;
};

// Which of the filter's rows or columns a phase sees, and which outputs it makes, along an axis.
struct TransposeConvAxis {
  int first_output = 0;  // then every stride-th
  int first_tap = 0;  // then every stride-th, in falling order of input; beyond the filter: zeros
  int taps = 1;
};

struct TransposeConvPlace {
  TransposeConvAxis rows;
  TransposeConvAxis columns;
};

// One convolution: a phase, or several that have one shape, whose output channels then stand side
// by side. Those make up for few channels, which leave a vector's lanes empty.
struct TransposeConvPhase {
  Conv2dShape shape;  // out_channels of each place together
  std::vector<TransposeConvPlace> places;
};

// The phases that have an output, at most stride_height * stride_width.
std::vector<TransposeConvPhase> TransposeConvPhases(const TransposeConvShape& shape);

// The phase's filter [out_channels, taps, taps, in_channels] of [out_channels, height, width,
// in_channels]; elements are `element_bytes` long, taps beyond the filter are filled with `zero`.
std::vector<std::byte> PhaseFilter(const TransposeConvShape& shape, const TransposeConvPhase& phase,
                                   std::span<const std::byte> filter, std::byte zero);

struct PlacePhaseCall {
  size_t element_bytes = 4;
  const std::byte* from = nullptr;  // the phase's output, dense
  std::byte* to = nullptr;          // the whole one; does not overlap `from`
  Parallel parallel;
};

// Copies a phase's output to its places in the whole one.
void PlacePhase(const TransposeConvShape& shape, const TransposeConvPhase& phase,
                const PlacePhaseCall& call);

}  // namespace brink::kernels
