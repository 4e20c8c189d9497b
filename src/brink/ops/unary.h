// What elementwise operators with one input share: float32 by a kernel, 8 bits by a table.
#pragma once

#include <functional>

#include "brink/base/result.h"
#include "brink/kernels/elementwise.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/ops/op.h"

namespace brink::ops {

struct UnaryFunction {
  std::function<void(const kernels::UnaryArguments&, const kernels::Parallel&)> floats;
  std::function<kernels::ByteTable(kernels::QuantizedType input, kernels::QuantizedType output)>
      table;
};

// Input and output have the same type: float32, int8 or uint8.
Result<Prepared> PrepareUnary(const NodeView& node, const UnaryFunction& function);

// RELU, RELU6, RELU_N1_TO_1.
Result<Prepared> PrepareClamp(const NodeView& node, kernels::Activation activation);

}  // namespace brink::ops
