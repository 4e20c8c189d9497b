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

namespace {

// Whether the first of two indices stands before the other among the largest.
template <class T>
struct Before {
  const T* row;

  bool operator()(int64_t a, int64_t b) const {
    const bool a_is_nan = row[a] != row[a];
    const bool b_is_nan = row[b] != row[b];
    if (a_is_nan != b_is_nan) return b_is_nan;
    if (row[a] > row[b]) return true;
    return !(row[a] < row[b]) && a < b;
  }
};

// The first index from `i` on whose element is larger than `least`, or `end`. Most are not: blocks
// of them are passed over by vectors.
template <class T>
int64_t NextLarger(const T* row, int64_t i, int64_t end, T least) {
  constexpr int64_t kBlock = 32;
  for (; i + kBlock <= end; i += kBlock) {
    int larger = 0;
    for (int64_t k = 0; k < kBlock; ++k) larger |= row[i + k] > least ? 1 : 0;
    if (larger != 0) break;
  }
  while (i < end && !(row[i] > least)) ++i;
  return i;
}

// The `k` largest, at least one, in their order. Of those so far `order` is a heap with the least
// on top; later ones must be larger than that, as of equal ones the first stands first.
template <class T>
void FindLargest(const T* row, int64_t count, int64_t k, int64_t* order) {
  const Before<T> before{row};
  std::iota(order, order + k, int64_t{0});
  std::make_heap(order, order + k, before);
  for (int64_t i = k; i < count; ++i) {
    const T least = row[order[0]];
    if (least == least) i = NextLarger(row, i, count, least);  // any number is before a NaN
    if (i == count) break;
    if (!before(i, order[0])) continue;
    std::pop_heap(order, order + k, before);
    order[k - 1] = i;
    std::push_heap(order, order + k, before);
  }
  std::sort_heap(order, order + k, before);
}

}  // namespace

template <class T, class Index>
void TopK(const TopProblem& p, const T* input, T* values, Index* indices, int64_t* order) {
  if (p.k == 0) return;
  for (int64_t r = 0; r < p.rows; ++r) {
    const T* row = input + r * p.row;
    FindLargest(row, p.row, p.k, order);
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
