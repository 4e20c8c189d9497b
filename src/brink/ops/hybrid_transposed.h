// TRANSPOSE_CONV of float32 activations with int8 filters that stay integers.
#pragma once

#include <optional>

#include "brink/kernels/transpose_conv.h"
#include "brink/ops/conv_form.h"

namespace brink::ops {

// The step of a node that has constants and IsHybridFilter, where integers are faster for all its
// phases; see HybridConvOf.
std::optional<Prepared> HybridTransposedOf(const NodeView& node, const ConvOperands& operands,
                                           const kernels::TransposeConvShape& shape);

}  // namespace brink::ops
