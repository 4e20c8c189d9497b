// Products of a vector and a matrix as the model's file has it, of any kind that TFLite stores:
// float32, int8 weights with a float32 vector (quantised anew each time), int8 alone.
#pragma once

#include <cstdint>
#include <span>

#include "brink/kernels/activation.h"
#include "brink/kernels/parallel.h"

namespace brink::kernels {

// Row-major weights [rows, columns]; one of the pointers is set, or none: then they are left out.
struct Matrix {
  const float* floats = nullptr;
  const int8_t* bytes = nullptr;
  float scale = 1;  // of `bytes`
  int rows = 0;
  int columns = 0;

  bool present() const { return floats != nullptr || bytes != nullptr; }
};

// sums[r] += weights[r] . x.
void AddProduct(const float* weights, int rows, int columns, const float* x, float* sums);

// A fully connected layer of one row: output[r] = bias[r] + weights[r] . x, clamped.
struct LayerProblem {
  int rows = 1;
  int columns = 1;
  FloatRange range;
};
struct LayerArguments {
  const float* weights = nullptr;
  const float* bias = nullptr;  // or none
  const float* x = nullptr;
  float* output = nullptr;
};
void LayerProduct(const LayerProblem& problem, const LayerArguments& a, const Parallel& parallel);

// sums[r] = weights[r] . x, modulo 2^32.
void Product(const int8_t* weights, int rows, int columns, const int16_t* x, int32_t* sums);

// Fills `quantised` with x / scale and returns the scale. Symmetric: scale = largest magnitude /
// 127; asymmetric: 255 steps from the smallest to the largest, zero among them (the zero point is
// taken away). What is no number is 0, and so are all elements where one is infinite. Source:
// TFLite portable_tensor_utils.cc, SymmetricQuantizeFloats and AsymmetricQuantizeFloats.
float QuantiseVector(std::span<const float> x, bool asymmetric, int16_t* quantised);

// A float vector that is multiplied by matrices: quantised once, when the first has int8 weights.
class VectorOperand {
 public:
  // `quantised` has room for as many elements and is used by this object alone; `sums` has room for
  // the rows of any matrix.
  VectorOperand(std::span<const float> x, bool asymmetric, int16_t* quantised, int32_t* sums)
      : x_(x), asymmetric_(asymmetric), quantised_(quantised), sums_(sums) {}

  // sums[r] += matrix[r] . x; matrix.columns is the vector's size. A matrix that is left out adds
  // nothing.
  void AddProductOf(const Matrix& matrix, float* sums);

 private:
  std::span<const float> x_;
  bool asymmetric_;
  int16_t* quantised_;
  int32_t* sums_;
  float scale_ = 0;  // 0 until it is quantised
};

}  // namespace brink::kernels
