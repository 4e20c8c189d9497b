// Operators of two integers that have vectors. Only for this room's sources.
#pragma once

#include "brink/kernels/integer_elementwise.h"

namespace brink::kernels {

// As IntegerBinary without an activation: kMaximum and kMinimum of bytes; these, kAdd, kSub and
// kMul of 32 and 64 bits.
void IntegerVectors(IntegerOp op, const Broadcast& broadcast,
                    const IntegerArguments<int8_t>& arguments, const Parallel& parallel);
void IntegerVectors(IntegerOp op, const Broadcast& broadcast,
                    const IntegerArguments<uint8_t>& arguments, const Parallel& parallel);
void IntegerVectors(IntegerOp op, const Broadcast& broadcast,
                    const IntegerArguments<int32_t>& arguments, const Parallel& parallel);
void IntegerVectors(IntegerOp op, const Broadcast& broadcast,
                    const IntegerArguments<int64_t>& arguments, const Parallel& parallel);

}  // namespace brink::kernels
