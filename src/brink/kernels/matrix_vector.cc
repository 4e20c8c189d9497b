#include "brink/kernels/matrix_vector.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/matrix_vector.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/hide_step.h"
#include "brink/kernels/load_pair.h"
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

// The starts of kRows neighbouring rows of a matrix.
template <int kRows, class T>
HWY_INLINE void FindRows(const T* matrix, int columns, const T* (&rows)[kRows]) {
  rows[0] = matrix;
  // One after another: GCC multiplies by vectors, slowly.
#pragma GCC unroll 8
  for (int r = 1; r < kRows; ++r) rows[r] = rows[r - 1] + columns;
}

// A vector from column `i` of a row on, which is the next where rows are gone through from the
// first: 32-bit ARM's `row` moves on.
template <class D>
HWY_INLINE hn::Vec<D> Take(D tag, const hn::TFromD<D>*& row, [[maybe_unused]] int i) {
#if HWY_ARCH_ARM_V7
  const hn::Vec<D> values = hn::LoadU(tag, row);
  row += hn::MaxLanes(tag);
  HideStep(row);
  return values;
#else
  return hn::LoadU(tag, row + i);
#endif
}

template <int kRows>
HWY_INLINE void AddFloatRows(const float* weights, int columns, const float* x, float* sums) {
  const float* rows[kRows];
  FloatVector products[kRows];
  FindRows(weights, columns, rows);
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) products[r] = hn::Zero(kFloat);
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
  const float* from = x;
#if HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64
  const float* moving = x + i;
  const float* ahead[kRows];
  for (int r = 0; r < kRows; ++r) ahead[r] = rows[r] + i;
  for (; i + 2 * kLanes <= columns; i += 2 * kLanes) {
    float32x4_t first, second;
    LoadPair(moving, first, second);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      float32x4_t a, b;
      LoadPair(ahead[r], a, b);
      products[r].raw = vfmaq_f32(vfmaq_f32(products[r].raw, a, first), b, second);
    }
  }
#endif
  for (; i + kLanes <= columns; i += kLanes) {
    const FloatVector at = Take(kFloat, from, i);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      products[r] = hn::MulAdd(Take(kFloat, rows[r], i), at, products[r]);
    }
  }
  if (kPartsAreCheap && i < columns) {
    add_part(i, columns - i);
    i = columns;
  }
  AddSums<kRows>(products, sums);
  if (i == columns) return;
  for (int r = 0; r < kRows; ++r, weights += columns) {
    for (int k = i; k < columns; ++k) sums[r] += weights[k] * x[k];
  }
}

using ShortTag = hn::ScalableTag<int16_t>;

// A vector of T that a matrix's rows are multiplied with.
template <class T>
struct Multiplied {
  using Tag = hn::ScalableTag<T>;
  static constexpr int kAtOnce = static_cast<int>(hn::MaxLanes(Tag()));

  const T* x;
  int columns;
  const int8_t* weights_end;
  HWY_ALIGN T rest[kAtOnce] = {};  // what is behind whole vectors, and zeros

  Multiplied(const T* values, int count, const int8_t* end)
      : x(values), columns(count), weights_end(end) {
    std::copy_n(x + whole(), columns - whole(), rest);
  }
  int whole() const { return columns / kAtOnce * kAtOnce; }
};

using SumTag = hn::RepartitionToWide<ShortTag>;

// The sums of kRows rows: one of even and one of odd products, or of halves.
template <int kRows>
struct ByteSums {
  hn::Vec<SumTag> products[kRows];
  hn::Vec<SumTag> others[kRows];
};

// Adds what is in the rows from column `i` on times `at`.
template <int kRows>
HWY_INLINE void AddBytes(const int8_t* (&rows)[kRows], int i, hn::Vec<ShortTag> at,
                         ByteSums<kRows>& sums) {
  constexpr hn::Rebind<int8_t, ShortTag> kStored;
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    const auto stored = hn::PromoteTo(ShortTag(), Take(kStored, rows[r], i));
    sums.products[r] =
        hn::ReorderWidenMulAccumulate(SumTag(), stored, at, sums.products[r], sums.others[r]);
  }
}

#if HWY_TARGET == HWY_NEON
using ByteTag = hn::ScalableTag<int8_t>;

// The same of bytes in [-127, 127]: two products fit 16 bits, be the weight -128 or not.
template <int kRows>
HWY_INLINE void AddBytes(const int8_t* (&rows)[kRows], int i, hn::Vec<ByteTag> at,
                         ByteSums<kRows>& sums) {
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    const int8x16_t stored = Take(ByteTag(), rows[r], i).raw;
    int16x8_t pairs = vmull_s8(vget_low_s8(stored), vget_low_s8(at.raw));
    pairs = vmlal_s8(pairs, vget_high_s8(stored), vget_high_s8(at.raw));
    sums.products[r].raw = vpadalq_s16(sums.products[r].raw, pairs);
  }
}

// Whether all of x is in [-127, 127], and so it is stored as bytes.
bool Narrow(const int16_t* x, int columns, int8_t* bytes) {
  constexpr hn::Rebind<int8_t, ShortTag> kStored;
  const auto least = hn::Set(kStored, -127);
  auto lost = hn::Zero(ShortTag());
  constexpr int kAtOnce = Multiplied<int16_t>::kAtOnce;
  int i = 0;
  for (; i + kAtOnce <= columns; i += kAtOnce) {
    const auto value = hn::LoadU(ShortTag(), x + i);
    const auto stored = hn::Max(hn::DemoteTo(kStored, value), least);
    lost = hn::Or(lost, hn::Xor(value, hn::PromoteTo(ShortTag(), stored)));
    hn::StoreU(stored, kStored, bytes + i);
  }
  for (; i < columns; ++i) {
    if (x[i] < -127 || x[i] > 127) return false;
    bytes[i] = static_cast<int8_t>(x[i]);
  }
  return hn::AllTrue(ShortTag(), hn::Eq(lost, hn::Zero(ShortTag())));
}
#endif

template <int kRows, class T>
HWY_INLINE void BytesRows(const int8_t* weights, const Multiplied<T>& x, int32_t* sums) {
  constexpr typename Multiplied<T>::Tag kTag;
  const int8_t* rows[kRows];
  ByteSums<kRows> all;
  FindRows(weights, x.columns, rows);
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) all.products[r] = all.others[r] = hn::Zero(SumTag());
  const int columns = x.columns;
  const int whole = x.whole();
  const T* from = x.x;
  int i = 0;
  for (; i < whole; i += x.kAtOnce) AddBytes(rows, i, Take(kTag, from, i), all);
  // What is read of the next row is multiplied by zeros.
  const int8_t* last = weights + int64_t{kRows - 1} * columns + i;
  if (i < columns && x.weights_end - last >= x.kAtOnce) {
    AddBytes(rows, i, hn::LoadU(kTag, x.rest), all);
    i = columns;
  }
  for (int r = 0; r < kRows; ++r) all.products[r] = hn::Add(all.products[r], all.others[r]);
  StoreSums<kRows>(SumTag(), all.products, sums);
  if (i == columns) return;
  for (int r = 0; r < kRows; ++r, weights += columns) {
    // Wraps without undefined behaviour.
    auto sum = static_cast<uint32_t>(sums[r]);
    for (int k = i; k < columns; ++k) {
      sum += static_cast<uint32_t>(int32_t{weights[k]} * int32_t{x.x[k]});
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

template <class T>
void AllRows(const int8_t* weights, int rows, int columns, const T* x, int32_t* sums) {
  const auto at = [&](int r) { return weights + static_cast<int64_t>(r) * columns; };
  const Multiplied<T> vector(x, columns, at(rows));
  int row = 0;
  for (; row + 4 <= rows; row += 4) BytesRows<4>(at(row), vector, sums + row);
  for (; row < rows; ++row) BytesRows<1>(at(row), vector, sums + row);
}

void BytesProduct(const int8_t* weights, int rows, int columns, const int16_t* x, int32_t* sums) {
#if HWY_TARGET == HWY_NEON
  constexpr int kMostBytes = 2048;
  HWY_ALIGN int8_t bytes[kMostBytes];
  if (rows >= 4 && columns <= kMostBytes && Narrow(x, columns, bytes))
    return AllRows(weights, rows, columns, bytes, sums);
#endif
  AllRows(weights, rows, columns, x, sums);
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
