// Quantisation parameters as kernels take them.
#pragma once

#include <vector>

#include "brink/base/result.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/kernels/requantize.h"
#include "brink/ops/node_view.h"

namespace brink::ops {

inline bool IsByte(Type type) { return type == Type::kInt8 || type == Type::kUInt8; }

// The scale and zero point of a tensor that has one of each.
Result<kernels::Affine> AffineOf(const NodeView& node, const Value& value);
// The same with its type, kInt8 or kUInt8.
Result<kernels::QuantizedType> QuantizedTypeOf(const NodeView& node, const Value& value);

// The range that the node's activation leaves of a quantised output.
kernels::IntRange OutputRange(kernels::Activation activation, Type type, kernels::Affine output);

bool SameQuantization(const Value& a, const Value& b);

}  // namespace brink::ops
