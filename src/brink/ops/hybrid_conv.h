// CONV_2D of float32 activations with int8 filters that stay integers.
#pragma once

#include <optional>

#include "brink/base/result.h"
#include "brink/kernels/hybrid_conv.h"
#include "brink/ops/op.h"

namespace brink::ops {

// The convolution of a node that has constants and IsHybrid, where integers are faster, or alone
// fit in NodeView::most_packed. TFLite quantises the inputs of all such nodes, asymmetrically where
// there is a scale a channel; the exact product that others get is one of a widened filter.
std::optional<kernels::HybridConv> HybridConvOf(const NodeView& node,
                                                const kernels::Conv2dShape& shape);

// The step of such a convolution.
Result<Prepared> PrepareHybridConv(const NodeView& node, const kernels::HybridConv& conv,
                                   const Shape& output);

}  // namespace brink::ops
