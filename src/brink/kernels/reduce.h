// Reductions over some axes of a tensor. The output's elements keep the order of the axes that
// remain.
#pragma once

#include <array>
#include <cstdint>

#include "brink/kernels/activation.h"
#include "brink/kernels/parallel.h"
#include "brink/kernels/requantize.h"
#include "brink/tensor/shape.h"

namespace brink::kernels {

struct ReduceProblem {
  Shape input;
  std::array<bool, Shape::kMaxRank> reduced{};  // by axis

  int64_t outputs() const;  // how many elements remain
  int64_t each() const;     // how many are reduced to one
};

// Over no element: 0, 1, the type's least and greatest value.
enum class Reduction { kSum, kProd, kMax, kMin };

// T: float, int8_t, uint8_t, int16_t, int32_t, int64_t. Integers wrap. Of bools (bytes of 0 and 1)
// kMax is "any", kMin "all".
template <class T>
void Reduce(Reduction reduction, const ReduceProblem& problem, const T* input, T* output,
            const Parallel& parallel);

// The same of floats by vectors, where the reduced axes are neighbours.
void ReduceFloats(Reduction reduction, const ReduceProblem& problem, const float* input,
                  float* output, const Parallel& parallel);

// The mean over the reduced axes; a mean over no element is NaN, of integers 0.
void Mean(const ReduceProblem& problem, const float* input, float* output,
          const Parallel& parallel);
// T: int32_t, int64_t; rounded towards 0. `sums` is room for outputs() numbers.
template <class T>
void IntegerMean(const ReduceProblem& problem, const T* input, T* output, int64_t* sums);

// SUM and MEAN of quantised tensors, bit for bit as TFLite's reference.
// Source: TFLite internal/reference/reduce.h, QuantizedMeanOrSum.
struct QuantizedSum {
  int32_t input_zero_point = 0;
  int32_t output_zero_point = 0;
  Multiplier output;
  IntRange range;
};
enum class SumKind { kSum, kMean };
QuantizedSum MakeQuantizedSum(SumKind kind, Affine input, Affine output, IntRange range,
                              int64_t each);
// T: int8_t, uint8_t, int16_t. `sums` is room for outputs() numbers.
template <class T>
void Sum(const QuantizedSum& sum, const ReduceProblem& problem, const T* input, T* output,
         int64_t* sums);

// REDUCE_PROD of quantised tensors: scaled after each multiplication.
// Source: TFLite internal/reference/reduce.h, QuantizedReduceProd.
struct QuantizedProd {
  int32_t input_zero_point = 0;
  int32_t output_zero_point = 0;
  Multiplier scaling;
  IntRange range;
};
QuantizedProd MakeQuantizedProd(Affine input, Affine output, IntRange range, int64_t each);
template <class T>
void Prod(const QuantizedProd& prod, const ReduceProblem& problem, const T* input, T* output,
          int64_t* products);

}  // namespace brink::kernels
