// LiteRT as a peer: its Python package runs a model on made-up inputs, and what it answers are
// recordings to hold brink to.
#pragma once

#include "brink/verify/case.h"

namespace brink::verify {

// Writes in0.npy ... into `folder` (which exists), has `python` run LiteRT there with its default
// kernels and, where those do not fail or crash, its built-in ones and its reference ones
// (out0.npy, out0_nodel.npy, out0_ref.npy), and returns the case. Fails with what Python said last
// when ai_edge_litert is not installed or refuses the model; kUnimplemented for a model with inputs
// that numpy files do not hold.
Result<Case> RecordLiteRt(const std::string& model, const std::string& folder,
                          const std::string& python);

}  // namespace brink::verify
