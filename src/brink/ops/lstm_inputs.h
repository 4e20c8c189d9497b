// The many inputs of TFLite's LSTM operators, read into what kernels take.
#pragma once

#include <array>
#include <cstdint>

#include "brink/base/result.h"
#include "brink/kernels/integer_lstm.h"
#include "brink/kernels/lstm.h"
#include "brink/ops/recurrent.h"

namespace brink::ops {

// Which input is what; gates in the order input, forget, cell, output; -1: the operator has none.
struct LstmNumbers {
  std::array<int, 4> input = {1, 2, 3, 4};
  std::array<int, 4> recurrent = {5, 6, 7, 8};
  std::array<int, 4> peephole = {9, 10, -1, 11};
  std::array<int, 4> bias = {12, 13, 14, 15};
  int projection = 16;
  int projection_bias = 17;
  int state = 18;
  int cell = 19;
  std::array<int, 4> norm = {20, 21, 22, 23};
  std::array<int, 4> aux = {-1, -1, -1, -1};
};

struct LstmSettings {
  kernels::Activation activation = kernels::Activation::kTanh;
  float cell_clip = 0;
  float projection_clip = 0;
  bool asymmetric = false;
};

// A cell with float32 vectors; weights are float32 or int8.
class FloatLstm {
 public:
  // `width`: of the input; `aux_width`: of the second one, or 0. States are for `batch` rows.
  static Result<FloatLstm> Read(const NodeView& node, const LstmNumbers& numbers,
                                const LstmSettings& settings, const Sequence& sequence,
                                int64_t aux_width);

  int outputs() const { return cell_.outputs; }
  size_t scratch_bytes() const { return cell_.scratch_bytes(); }
  int64_t macs() const { return macs_; }  // of one step of one row

  // The cell with its weights where they are in this run.
  kernels::LstmCell At(const Buffers& buffers) const;
  float* state(const Buffers& buffers, int64_t row) const {
    return buffers.state<float>(static_cast<size_t>(numbers_.state)) + row * cell_.outputs;
  }
  float* cell(const Buffers& buffers, int64_t row) const {
    return buffers.state<float>(static_cast<size_t>(numbers_.cell)) + row * cell_.cells;
  }

 private:
  struct Gate {
    MatrixInput input;
    MatrixInput aux;
    MatrixInput recurrent;
    VectorInput peephole;
    VectorInput norm;
    VectorInput bias;
  };
  Status ReadGate(const NodeView& node, int gate);

  LstmNumbers numbers_;
  kernels::LstmCell cell_;  // without weights
  std::array<Gate, 4> gates_;
  MatrixInput projection_;
  VectorInput projection_bias_;
  int64_t macs_ = 0;
};

// The integer cell of int8 vectors; its weights are constants, whose memory outlives it.
Result<kernels::IntegerLstm> ReadIntegerLstm(const NodeView& node, const LstmSettings& settings,
                                             const Sequence& sequence);

}  // namespace brink::ops
