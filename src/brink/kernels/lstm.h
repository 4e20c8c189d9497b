// One step of a long short-term memory cell on one vector, with what TFLite adds to it: peepholes,
// layer normalisation, a projection, coupled input and forget gates, a second input.
// Sources: "Long Short-Term Memory" (Hochreiter and Schmidhuber 1997), "LSTM recurrent neural
// network architectures for large scale acoustic modeling" (Sak et al. 2014), "Layer Normalization"
// (Ba et al. 2016).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "brink/kernels/activation.h"
#include "brink/kernels/matrix_vector.h"

namespace brink::kernels {

// activation(W x + U y + V h + peephole * c + bias), normalised before the bias if `norm` is set.
// Null pointers are left out.
struct LstmGate {
  Matrix input;                     // W [cells, inputs]
  Matrix aux;                       // U [cells, aux inputs]
  Matrix recurrent;                 // V [cells, outputs]
  const float* peephole = nullptr;  // [cells]
  const float* norm = nullptr;      // [cells]
  const float* bias = nullptr;      // [cells]
};

struct LstmCell {
  enum Gate { kInput, kForget, kCell, kOutput };

  int inputs = 0;
  int aux_inputs = 0;
  int cells = 0;
  int outputs = 0;
  std::array<LstmGate, 4> gates;           // by Gate; without input weights kInput is 1 - kForget
  Matrix projection;                       // [outputs, cells]; left out: outputs == cells
  const float* projection_bias = nullptr;  // [outputs]
  Activation activation = Activation::kTanh;
  float cell_clip = 0;  // 0: none
  float projection_clip = 0;
  bool asymmetric = false;  // how vectors are quantised for int8 weights

  // Bytes of scratch that LstmStep takes, aligned to 4.
  size_t scratch_bytes() const;
};

// Replaces `state` [outputs] and `cell` [cells] by the next ones; the output is the new `state`.
// `aux` is null where aux_inputs is 0.
void LstmStep(const LstmCell& lstm, const float* input, const float* aux, float* state, float* cell,
              std::byte* scratch);

// In place; kSignBit is none.
void Activate(Activation activation, std::span<float> values);
void Sigmoid(std::span<float> values);

}  // namespace brink::kernels
