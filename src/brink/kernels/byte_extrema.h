// MAXIMUM and MINIMUM of bytes by vectors. Only for this room's sources.
#pragma once

#include "brink/kernels/integer_elementwise.h"

namespace brink::kernels {

// As IntegerBinary of kMaximum or kMinimum, without an activation.
void ByteExtrema(IntegerOp op, const Broadcast& broadcast,
                 const IntegerArguments<int8_t>& arguments, const Parallel& parallel);
void ByteExtrema(IntegerOp op, const Broadcast& broadcast,
                 const IntegerArguments<uint8_t>& arguments, const Parallel& parallel);

}  // namespace brink::kernels
