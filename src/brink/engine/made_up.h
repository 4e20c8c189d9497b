// Made-up numbers for a model's inputs, the same for the same seed.
#pragma once

#include <random>
#include <vector>

#include "brink/engine/session.h"
#include "brink/tensor/tensor.h"

namespace brink::engine {

// One tensor an input of the plan: floats in [0, 1), integers of 32 and 64 bits in [0, 8), smaller
// ones over their range, strings of a few letters.
std::vector<Tensor> MakeUpInputs(const Plan& plan, std::mt19937& random);

// Copies them into the session, which a run may overwrite. Types and counts are the plan's
// (asserted).
void SetInputs(const std::vector<Tensor>& inputs, Session& session);

}  // namespace brink::engine
