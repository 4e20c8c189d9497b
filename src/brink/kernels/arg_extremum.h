// Where along an axis the largest or smallest element is, and which are the largest of a row.
#pragma once

#include <cstdint>

#include "brink/kernels/parallel.h"

namespace brink::kernels {

// The tensor is [outer, extent, inner], extent at least 1; the results are [outer, inner].
struct ArgProblem {
  int64_t outer = 1;
  int64_t extent = 1;
  int64_t inner = 1;
};
enum class Extremum { kMax, kMin };

// Of equal elements the first; T: float, int8_t, uint8_t, int16_t, int32_t, int64_t.
// Index: int32_t, int64_t.
template <class T, class Index>
void ArgExtremum(Extremum extremum, const ArgProblem& problem, const T* input, Index* output);

// The k largest of each row, largest first, of equal ones the first first; NaN comes last.
// T as above; Index: int16_t, int32_t. `order` is room for `k` numbers.
struct TopProblem {
  int64_t rows = 1;
  int64_t row = 1;
  int64_t k = 1;  // at most `row`
};
template <class T, class Index>
void TopK(const TopProblem& problem, const T* input, T* values, Index* indices, int64_t* order);

}  // namespace brink::kernels
