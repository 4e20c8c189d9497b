#include "brink/kernels/matrix_vector.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/matrix_vector.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/quantise_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

namespace {

// Rows whose sums go through the registers together: their chains of additions hide each other, and
// each is a stream of memory of its own.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
constexpr int kRowsTogether = 4;
#else
constexpr int kRowsTogether = 8;
#endif

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
constexpr bool kPartsAreCheap = true;
#else
constexpr bool kPartsAreCheap = false;
#endif

#if HWY_TARGET != HWY_SCALAR
// The sum of a vector's blocks of 128 bits.
template <class D>
HWY_INLINE auto SumOfBlocks([[maybe_unused]] D tag, hn::Vec<D> v) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    return v;
  } else {
    const hn::Half<D> half;
    return SumOfBlocks(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
}

// The sum of each of four vectors.
template <class D>
HWY_INLINE auto SumsOfFour(D tag, const hn::Vec<D>* v) {
  const hn::Repartition<uint64_t, D> pairs;
  const auto ab = hn::BitCast(
      pairs, hn::Add(hn::InterleaveLower(tag, v[0], v[1]), hn::InterleaveUpper(tag, v[0], v[1])));
  const auto cd = hn::BitCast(
      pairs, hn::Add(hn::InterleaveLower(tag, v[2], v[3]), hn::InterleaveUpper(tag, v[2], v[3])));
  return SumOfBlocks(tag, hn::Add(hn::BitCast(tag, hn::InterleaveLower(pairs, ab, cd)),
                                  hn::BitCast(tag, hn::InterleaveUpper(pairs, ab, cd))));
}
#endif

// Stores the sums of kRows vectors.
template <int kRows, class D>
HWY_INLINE void StoreSums(D tag, const hn::Vec<D>* v, hn::TFromD<D>* sums) {
  int row = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<hn::TFromD<D>, 4> four;
  for (; row + 4 <= kRows; row += 4) hn::StoreU(SumsOfFour(tag, v + row), four, sums + row);
#endif
  for (; row < kRows; ++row) sums[row] = hn::GetLane(hn::SumOfLanes(tag, v[row]));
}

// Adds the sums of kRows vectors.
template <int kRows>
HWY_INLINE void AddSums(const FloatVector* v, float* sums) {
  int row = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<float, 4> four;
  for (; row + 4 <= kRows; row += 4) {
    hn::StoreU(hn::Add(hn::LoadU(four, sums + row), SumsOfFour(kFloat, v + row)), four, sums + row);
  }
#endif
  for (; row < kRows; ++row) sums[row] += hn::GetLane(hn::SumOfLanes(kFloat, v[row]));
}

template <int kRows>
HWY_INLINE void AddFloatRows(const float* weights, int columns, const float* x, float* sums) {
  const float* rows[kRows];
  FloatVector products[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    rows[r] = weights + static_cast<int64_t>(r) * columns;
    products[r] = hn::Zero(kFloat);
  }
  const auto add_part = [&](int i, int count) HWY_ATTR {
    const auto part = static_cast<size_t>(count);
    const FloatVector at = LoadPart(x + i, part);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      products[r] = hn::MulAdd(LoadPart(rows[r] + i, part), at, products[r]);
    }
  };
  int i = 0;
  // A file's weights are aligned to 16 bytes: each load would reach over two lines of the cache.
  const auto beyond =
      static_cast<int>(reinterpret_cast<uintptr_t>(weights) / sizeof(float) % kStep);
  if (kPartsAreCheap && beyond != 0 && columns % kLanes == 0) {
    i = kLanes - beyond;
    add_part(0, i);
  }
  for (; i + kLanes <= columns; i += kLanes) {
    const FloatVector at = hn::LoadU(kFloat, x + i);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      products[r] = hn::MulAdd(hn::LoadU(kFloat, rows[r] + i), at, products[r]);
    }
  }
  if (kPartsAreCheap && i < columns) {
    add_part(i, columns - i);
    i = columns;
  }
  AddSums<kRows>(products, sums);
  for (int r = 0; r < kRows; ++r) {
    for (int k = i; k < columns; ++k) sums[r] += rows[r][k] * x[k];
  }
}

using ShortTag = hn::ScalableTag<int16_t>;
constexpr int kShortLanes = static_cast<int>(hn::MaxLanes(ShortTag()));

// A vector of int16 that a matrix's rows are multiplied with.
struct ShortVector {
  const int16_t* x;
  int columns;
  const int8_t* weights_end;
  HWY_ALIGN int16_t rest[kShortLanes] = {};  // what is behind whole vectors, and zeros

  ShortVector(const int16_t* values, int count, const int8_t* end)
      : x(values), columns(count), weights_end(end) {
    std::copy_n(x + whole(), columns - whole(), rest);
  }
  int whole() const { return columns / kShortLanes * kShortLanes; }
};

template <int kRows>
HWY_INLINE void BytesRows(const int8_t* weights, const ShortVector& x, int32_t* sums) {
  const ShortTag tag;
  const hn::Rebind<int8_t, decltype(tag)> bytes_tag;
  const hn::RepartitionToWide<decltype(tag)> sum_tag;
  const int8_t* rows[kRows];
  hn::Vec<decltype(sum_tag)> products[kRows];
  hn::Vec<decltype(sum_tag)> others[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    rows[r] = weights + static_cast<int64_t>(r) * x.columns;
    products[r] = others[r] = hn::Zero(sum_tag);
  }
  const auto add = [&](int i, const int16_t* from) HWY_ATTR {
    const auto at = hn::LoadU(tag, from);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const auto stored = hn::PromoteTo(tag, hn::LoadU(bytes_tag, rows[r] + i));
      products[r] = hn::ReorderWidenMulAccumulate(sum_tag, stored, at, products[r], others[r]);
    }
  };
  int i = 0;
  for (; i < x.whole(); i += kShortLanes) add(i, x.x + i);
  // What is read of the next row is multiplied by zeros.
  if (i < x.columns && x.weights_end - (rows[kRows - 1] + i) >= kShortLanes) {
    add(i, x.rest);
    i = x.columns;
  }
  for (int r = 0; r < kRows; ++r) products[r] = hn::Add(products[r], others[r]);
  StoreSums<kRows>(sum_tag, products, sums);
  for (int r = 0; r < kRows; ++r) {
    // Wraps without undefined behaviour.
    auto sum = static_cast<uint32_t>(sums[r]);
    for (int k = i; k < x.columns; ++k) {
      sum += static_cast<uint32_t>(int32_t{rows[r][k]} * int32_t{x.x[k]});
    }
    sums[r] = static_cast<int32_t>(sum);
  }
}

}  // namespace

void AddFloatProduct(const float* weights, int rows, int columns, const float* x, float* sums) {
  int row = 0;
  const auto at = [&](int r) { return weights + static_cast<int64_t>(r) * columns; };
  for (; row + kRowsTogether <= rows; row += kRowsTogether) {
    AddFloatRows<kRowsTogether>(at(row), columns, x, sums + row);
  }
  for (; row + 4 <= rows; row += 4) AddFloatRows<4>(at(row), columns, x, sums + row);
  for (; row < rows; ++row) AddFloatRows<1>(at(row), columns, x, sums + row);
}

void BytesProduct(const int8_t* weights, int rows, int columns, const int16_t* x, int32_t* sums) {
  const auto at = [&](int r) { return weights + static_cast<int64_t>(r) * columns; };
  const ShortVector vector(x, columns, at(rows));
  int row = 0;
  for (; row + 4 <= rows; row += 4) BytesRows<4>(at(row), vector, sums + row);
  for (; row < rows; ++row) BytesRows<1>(at(row), vector, sums + row);
}

float Quantise(std::span<const float> x, bool asymmetric, int16_t* quantised) {
  const VectorSteps steps = FindSteps(x, asymmetric);
  QuantiseBy(steps, x, steps.zero, quantised);
  return steps.real_scale();
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(AddFloatProduct);
HWY_EXPORT(BytesProduct);
HWY_EXPORT(Quantise);

void AddProduct(const float* weights, int rows, int columns, const float* x, float* sums) {
  BRINK_DISPATCH(AddFloatProduct)(weights, rows, columns, x, sums);
}

void LayerProduct(const LayerProblem& p, const LayerArguments& a, const Parallel& parallel) {
  // As much work as is worth a thread's attention.
  constexpr int kPieceProducts = 1 << 15;
  const int piece = (kPieceProducts / p.columns + 8) / 8 * 8;
  ForEachPiece(p.rows, piece, parallel, [&](int64_t first, int64_t count) {
    float* sums = a.output + first;
    if (a.bias == nullptr) {
      std::fill_n(sums, count, 0.0F);
    } else {
      std::copy_n(a.bias + first, count, sums);
    }
    AddProduct(a.weights + first * p.columns, static_cast<int>(count), p.columns, a.x, sums);
    for (int64_t r = 0; r < count; ++r) {  // NaN stays NaN
      const float raised = sums[r] < p.range.low ? p.range.low : sums[r];
      sums[r] = raised > p.range.high ? p.range.high : raised;
    }
  });
}

void Product(const int8_t* weights, int rows, int columns, const int16_t* x, int32_t* sums) {
  BRINK_DISPATCH(BytesProduct)(weights, rows, columns, x, sums);
}

float QuantiseVector(std::span<const float> x, bool asymmetric, int16_t* quantised) {
  return BRINK_DISPATCH(Quantise)(x, asymmetric, quantised);
}

void VectorOperand::AddProductOf(const Matrix& matrix, float* sums) {
  if (matrix.floats != nullptr) {
    return AddProduct(matrix.floats, matrix.rows, matrix.columns, x_.data(), sums);
  }
  if (matrix.bytes == nullptr) return;
  if (scale_ == 0) scale_ = QuantiseVector(x_, asymmetric_, quantised_);
  Product(matrix.bytes, matrix.rows, matrix.columns, quantised_, sums_);
  const float scale = scale_ * matrix.scale;
  for (int row = 0; row < matrix.rows; ++row) sums[row] += static_cast<float>(sums_[row]) * scale;
}

}  // namespace brink::kernels
#endif
