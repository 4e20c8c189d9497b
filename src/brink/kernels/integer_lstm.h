// One step of an LSTM cell in integers: 8-bit vectors and weights, 16-bit gates and cell state.
// Source of the arithmetic: TFLite's full integer recipe (8x8->16).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "brink/kernels/lstm.h"
#include "brink/kernels/requantize.h"

namespace brink::kernels {

// Gate sums are Q3.12, or, under layer normalisation, of the scale that the model says.
struct IntegerLstmGate {
  const int8_t* input = nullptr;      // [cells, inputs]
  const int8_t* recurrent = nullptr;  // [cells, outputs]
  const int16_t* peephole = nullptr;  // [cells]
  const int16_t* norm = nullptr;      // [cells]
  const int32_t* bias = nullptr;      // [cells]
  Multiplier input_scale;
  Multiplier recurrent_scale;
  Multiplier peephole_scale;
  Multiplier norm_scale;
  int32_t variance_guard = 1;
};

struct IntegerLstm {
  int inputs = 0;
  int cells = 0;
  int outputs = 0;
  std::array<IntegerLstmGate, 4> gates;  // by LstmCell::Gate
  int32_t input_zero_point = 0;
  int32_t state_zero_point = 0;
  int cell_shift = -11;  // the cell state's scale is 2^cell_shift
  int16_t cell_clip = 0;
  Multiplier hidden_scale;
  int32_t hidden_zero_point = 0;
  const int8_t* projection = nullptr;  // [outputs, cells]
  const int32_t* projection_bias = nullptr;
  Multiplier projection_scale;
  int8_t projection_clip = 0;

  size_t scratch_bytes() const;  // aligned to 4
};

// Replaces `state` [outputs] and `cell` [cells] by the next ones; the output is the new `state`.
void IntegerLstmStep(const IntegerLstm& lstm, const int8_t* input, int8_t* state, int16_t* cell,
                     std::byte* scratch);

}  // namespace brink::kernels
