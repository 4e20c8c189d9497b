// What REAL, IMAG and COMPLEX_ABS share: a float32 of each complex number.
#pragma once

#include <complex>

#include "brink/ops/op.h"

namespace brink::ops {

// Of one complex64 tensor the `part` of each number, in a float32 tensor of the same shape.
Result<Prepared> PrepareComplexPart(const NodeView& node,
                                    float (*part)(const std::complex<float>& number));

}  // namespace brink::ops
