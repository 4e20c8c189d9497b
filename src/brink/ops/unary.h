// What elementwise operators with one input share: float32 by a kernel, 8 bits by a table, 16 bits
// by a function.
#pragma once

#include <functional>

#include "brink/base/result.h"
#include "brink/kernels/elementwise.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/kernels/short_functions.h"
#include "brink/ops/op.h"

namespace brink::ops {

using ShortRun = std::function<void(const kernels::ShortArguments&, const kernels::Parallel&)>;

// A type that has no function is refused.
struct UnaryFunction {
  std::function<void(const kernels::UnaryArguments&, const kernels::Parallel&)> floats;
  std::function<kernels::ByteTable(kernels::QuantizedType input, kernels::QuantizedType output)>
      table;
  // Fails for scales that the operator does not take.
  std::function<Result<ShortRun>(kernels::Affine input, kernels::Affine output)> shorts;
};

// Input and output have the same type: float32, int8, uint8 or int16.
Result<Prepared> PrepareUnary(const NodeView& node, const UnaryFunction& function);

// Clamps to real numbers: RELU, RELU6, RELU_N1_TO_1, RELU_0_TO_1.
Result<Prepared> PrepareClamp(const NodeView& node, kernels::FloatRange range);

// For LOGISTIC and TANH, whose 16-bit kernels know no zero point and one output scale.
Status CheckShortUnitScale(const NodeView& node, kernels::Affine input, kernels::Affine output);

}  // namespace brink::ops
