// CONV_3D by the kernels of two-dimensional convolutions: the slices that a window sees along depth
// lie next to each other as channels, [height, width, depth taps * in_channels].
#pragma once

#include <optional>

#include "brink/kernels/conv_3d.h"
#include "brink/ops/op.h"

namespace brink::ops {

// The step of `problem`, without its shapes, for a node of inputs (input, filter, bias or none);
// nothing where the weights are not constants or a slice would be too large.
std::optional<Prepared> ConvolveSlices(const NodeView& node, const kernels::Conv3dProblem& problem);

}  // namespace brink::ops
