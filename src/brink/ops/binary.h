// What elementwise operators with two broadcast inputs share. Options, where there are any:
// {fused_activation, ...}.
#pragma once

#include <initializer_list>

#include "brink/base/result.h"
#include "brink/kernels/broadcast.h"
#include "brink/kernels/elementwise.h"
#include "brink/kernels/float_pairs.h"
#include "brink/kernels/integer_elementwise.h"
#include "brink/ops/op.h"

namespace brink::ops {

// Two inputs of one type and how they stretch to the output.
struct Pair {
  Shape shape;
  kernels::Broadcast broadcast;
  uint64_t overwritable = 0;  // inputs that do not stretch
};
Result<Pair> ReadPair(const NodeView& node);

// ADD, SUB, MUL, DIV, MAXIMUM, MINIMUM, SQUARED_DIFFERENCE: float32, integers that stand for
// themselves, and the quantised types that TFLite's operator takes.
Result<Prepared> PrepareBinary(const NodeView& node, kernels::BinaryOp op);

// Integers that stand for themselves: inputs and output are of one of `types`. Where `op` divides,
// a run with a divisor of 0 fails.
Result<Prepared> PrepareIntegerBinary(const NodeView& node, kernels::IntegerOp op,
                                      std::initializer_list<Type> types);

// float32 by `pair`, other types as integers by `op`.
Result<Prepared> PrepareFloatOrInteger(const NodeView& node, kernels::FloatPair pair,
                                       kernels::IntegerOp op, std::initializer_list<Type> integers);

}  // namespace brink::ops
