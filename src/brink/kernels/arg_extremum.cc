#include "brink/kernels/arg_extremum.h"

#include <algorithm>
#include <numeric>
#include <type_traits>

#include "brink/kernels/arg_rows.h"

namespace brink::kernels {
namespace {

template <class T, class Index, class Better>
void ArgOf(const ArgProblem& p, const T* input, Index* output, Better better) {
  for (int64_t outer = 0; outer < p.outer; ++outer) {
    const T* block = input + outer * p.extent * p.inner;
    Index* to = output + outer * p.inner;
    std::fill_n(to, p.inner, Index{0});
    for (int64_t i = 1; i < p.extent; ++i) {
      const T* row = block + i * p.inner;
      for (int64_t k = 0; k < p.inner; ++k) {
        if (better(row[k], block[static_cast<int64_t>(to[k]) * p.inner + k]))
          to[k] = static_cast<Index>(i);
      }
    }
  }
}

}  // namespace

template <class T, class Index>
void ArgExtremum(Extremum extremum, const ArgProblem& problem, const T* input, Index* output) {
  if constexpr (std::is_same_v<T, float> || sizeof(T) == 1) {
    if (problem.inner == 1) {
      if constexpr (sizeof(Index) == 4) {
        return ArgOfRows(extremum, problem, input, {.narrow = output});
      } else {
        return ArgOfRows(extremum, problem, input, {.wide = output});
      }
    }
  }
  if (extremum == Extremum::kMax) {
    ArgOf(problem, input, output, [](T a, T b) { return a > b; });
  } else {
    ArgOf(problem, input, output, [](T a, T b) { return a < b; });
  }
}

template <class T, class Index>
void TopK(const TopProblem& p, const T* input, T* values, Index* indices, int64_t* order) {
  for (int64_t r = 0; r < p.rows; ++r) {
    const T* row = input + r * p.row;
    std::iota(order, order + p.row, int64_t{0});
    std::partial_sort(order, order + p.k, order + p.row, [row](int64_t a, int64_t b) {
      const bool a_is_nan = row[a] != row[a];
      const bool b_is_nan = row[b] != row[b];
      if (a_is_nan != b_is_nan) return b_is_nan;
      if (row[a] > row[b]) return true;
      return !(row[a] < row[b]) && a < b;
    });
    for (int64_t i = 0; i < p.k; ++i) {
      values[r * p.k + i] = row[order[i]];
      indices[r * p.k + i] = static_cast<Index>(order[i]);
    }
  }
}

#define BRINK_INSTANTIATE(T)                                                  \
  template void ArgExtremum(Extremum, const ArgProblem&, const T*, int32_t*); \
  template void ArgExtremum(Extremum, const ArgProblem&, const T*, int64_t*); \
  template void TopK(const TopProblem&, const T*, T*, int16_t*, int64_t*);    \
  template void TopK(const TopProblem&, const T*, T*, int32_t*, int64_t*);
BRINK_INSTANTIATE(float)
BRINK_INSTANTIATE(int8_t)
BRINK_INSTANTIATE(uint8_t)
BRINK_INSTANTIATE(int16_t)
BRINK_INSTANTIATE(int32_t)
BRINK_INSTANTIATE(int64_t)
#undef BRINK_INSTANTIATE

}  // namespace brink::kernels
