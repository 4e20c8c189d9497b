// CONV_3D_TRANSPOSE by matrix products: what a slice of the input gives to all taps is one product
// of [pixels, in_channels] and [taps * out_channels, in_channels], which is then added where it
// goes.
#pragma once

#include <optional>

#include "brink/kernels/conv_3d.h"
#include "brink/ops/op.h"

namespace brink::ops {

// The step of `problem`, without its shapes, for a node of inputs (shape, filter, input, bias or
// none); nothing where the filter is no constant or a slice's products would be too large.
std::optional<Prepared> SpreadProducts(const NodeView& node, const kernels::Conv3dProblem& problem);

}  // namespace brink::ops
