// Two float32 convolutions, of which the second alone reads what the first makes, as one step that
// goes over bands of the second's rows: of the tensor between them only a few rows exist at a time.
#pragma once

#include <optional>

#include "brink/kernels/conv.h"
#include "brink/ops/op.h"

namespace brink::ops {

// A kernel and what it serves.
struct FloatConv {
  const kernels::ConvKernel* kernel = nullptr;
  kernels::ConvProblem problem;
};

// The step of both, whose Prepared::conv are set, but for its packed_inputs. It reads the first's
// input, and its weights are the first's followed by the second's. None where a kernel is not made
// for bands, or where they would be too few or take longer.
std::optional<Prepared> InBands(const Prepared& first, const Prepared& second, int threads);

}  // namespace brink::ops
