// LSTM in its basic form (LSTMKernelType BASIC): everything in one matrix.
#pragma once

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

// Inputs: x [batch, inputs], the last output [batch, units], weights [4 units, inputs + units],
// biases [4 units], the last state [batch, units]. Outputs: the next output and state, x beside the
// last output, and the gates before their activations, in the order input, new value, forget,
// output. float32.
Result<Prepared> PrepareBasicLstm(const NodeView& node);

}  // namespace brink::ops
