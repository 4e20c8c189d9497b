// What elementwise operators with one input share: float32 by a kernel, 8 bits by a table, 16 bits
// by a function.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "brink/base/result.h"
#include "brink/kernels/byte_lines.h"
#include "brink/kernels/elementwise.h"
#include "brink/kernels/float_functions.h"
#include "brink/kernels/integer_elementwise.h"
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
  // Of a function that is one line or two, of 8 bits too.
  std::function<kernels::LineSlopes(kernels::QuantizedType input, kernels::QuantizedType output)>
      slopes;
  // Fails for scales that the operator does not take.
  std::function<Result<ShortRun>(kernels::Affine input, kernels::Affine output)> shorts;
};

// What a step of bytes runs: its lines where it has them and they are faster, else its table.
struct ByteStep {
  std::string kernel;
  Run run;
};
ByteStep StepOfBytes(const kernels::ByteTable& table,
                     const std::optional<kernels::ByteLines>& lines, int64_t count);

// Input and output have the same type: float32, int8, uint8 or int16.
Result<Prepared> PrepareUnary(const NodeView& node, const UnaryFunction& function);

// Clamps to real numbers: RELU, RELU6, RELU_N1_TO_1, RELU_0_TO_1.
Result<Prepared> PrepareClamp(const NodeView& node, kernels::FloatRange range);

// For LOGISTIC and TANH, whose 16-bit kernels know no zero point and one output scale.
Status CheckShortUnitScale(const NodeView& node, kernels::Affine input, kernels::Affine output);

// float32 alone.
Result<Prepared> PrepareFloats(const NodeView& node, kernels::FloatFunction function);

// Integers that stand for themselves, of one of `types`.
Result<Prepared> PrepareIntegers(const NodeView& node, kernels::IntegerFunction function,
                                 std::initializer_list<Type> types);

// For PrepareUnary(node, ..) alone. `floats` of float32; of 8 bits and quantised 16 bits what
// `real` rounds to, 16 bits interpolated.
using RealFunction = std::function<float(float)>;
UnaryFunction QuantizedFunction(
    const NodeView& node, kernels::FloatFunction floats,
    const std::function<RealFunction(Type, kernels::Affine output)>& real);

// Of 8 bits and quantised 16 bits what `stored` makes of each stored value.
using StoredFunction = std::function<int32_t(int32_t)>;
UnaryFunction QuantizedExactly(
    const NodeView& node, kernels::FloatFunction floats,
    const std::function<StoredFunction(kernels::Affine input, kernels::Affine output, Type)>&
        stored);

}  // namespace brink::ops
