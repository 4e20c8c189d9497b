// What recurrent operators share: how a sequence lies in memory, and matrices and vectors that may
// be left out or be quantised.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "brink/base/result.h"
#include "brink/kernels/matrix_vector.h"
#include "brink/ops/op.h"

namespace brink::ops {

// [time, batch, width] or [batch, time, width]; of a single step [batch, width].
struct Sequence {
  int64_t steps = 1;
  int64_t batch = 1;
  int64_t width = 0;
  bool time_major = true;

  // Where the vector of a step and a row begins, in vectors of one width.
  int64_t VectorAt(int64_t step, int64_t row) const {
    return time_major ? step * batch + row : row * steps + step;
  }
  // The shape of as many vectors of another width.
  Shape WithWidth(int64_t other, int rank) const;
};
// The sequence that input `input` is; its rank is 3, or 2 for a single step.
Result<Sequence> SequenceOf(const NodeView& node, int input, bool time_major);

// An input that is a matrix [rows, columns], float32, or int8 of one scale; input -1: left out.
struct MatrixInput {
  int input = -1;
  bool is_bytes = false;
  float scale = 1;
  int rows = 0;
  int columns = 0;

  bool present() const { return input >= 0; }
  kernels::Matrix At(const Buffers& buffers) const;
};
// Any number of rows where `rows` is -1. An absent input gives an absent matrix.
Result<MatrixInput> MatrixOf(const NodeView& node, int input, int64_t rows, int64_t columns);

// An input that is a vector of floats; a quantised constant is kept as floats here.
struct VectorInput {
  int input = -1;
  std::shared_ptr<const std::vector<float>> floats;

  const float* At(const Buffers& buffers) const;
};
Result<VectorInput> VectorOf(const NodeView& node, int input, int64_t count);

// Checks that the input is a variable tensor of this type with so many elements.
Status CheckState(const NodeView& node, int input, Type type, int64_t elements);

// The activation that an options field names: NONE, RELU, RELU_N1_TO_1, RELU6, TANH.
Result<kernels::Activation> ActivationOf(const NodeView& node, int field);

}  // namespace brink::ops
