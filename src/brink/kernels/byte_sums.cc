#include "brink/kernels/byte_sums.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "brink/kernels/reduce_axes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/byte_sums.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/requantize-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

#if HWY_TARGET != HWY_SCALAR
using ByteTag = hn::ScalableTag<uint8_t>;
using HalfTag = hn::CappedTag<uint8_t, 32>;  // of the longest vectors
using BlockTag = hn::CappedTag<uint8_t, 16>;

// The sum of whole vectors of a row from `i` on, which moves behind them.
template <class D>
HWY_INLINE uint64_t SumVectors(D d, const uint8_t* from, size_t length, uint8_t flip, size_t& i) {
  const hn::Repartition<uint64_t, D> wide;
  auto sum = hn::Zero(wide);
  for (; i + hn::MaxLanes(d) <= length; i += hn::MaxLanes(d))
    sum = hn::Add(sum, hn::SumsOf8(hn::Xor(hn::LoadU(d, from + i), hn::Set(d, flip))));
  return hn::GetLane(hn::SumOfLanes(wide, sum));
}

// Adds up columns of `rows` rows, of which 16 bits hold the sums: a vector of them from `from` on.
template <class D>
HWY_INLINE void AddColumns(D d, const uint8_t* from, size_t rows, size_t stride, uint8_t flip,
                           int32_t* sums) {
  const hn::Repartition<uint16_t, D> half;
  const hn::Repartition<int32_t, D> whole;
  const auto flips = hn::Set(d, flip);
  // Pairs of columns as one number each, modulo 2^16, and the second of each pair alone.
  auto pairs = hn::Zero(half);
  auto odd = hn::Zero(half);
#pragma GCC unroll 4
  for (size_t row = 0; row < rows; ++row) {
    const auto pair = hn::BitCast(half, hn::Xor(hn::LoadU(d, from + row * stride), flips));
    pairs = hn::Add(pairs, pair);
    odd = hn::Add(odd, hn::ShiftRight<8>(pair));
  }
  const auto evens = hn::BitCast(whole, hn::Sub(pairs, hn::ShiftLeft<8>(odd)));
  const auto odds = hn::BitCast(whole, odd);
  const auto low = hn::Set(whole, 0xFFFF);
  const hn::RebindToUnsigned<decltype(whole)> bits;
  const auto upper = [&](auto v) HWY_ATTR {
    return hn::BitCast(whole, hn::ShiftRight<16>(hn::BitCast(bits, v)));
  };
  HWY_ALIGN int32_t columns[hn::MaxLanes(D())];
  hn::StoreInterleaved4(hn::And(evens, low), hn::And(odds, low), upper(evens), upper(odds), whole,
                        columns);
  for (size_t i = 0; i < hn::MaxLanes(d); i += hn::MaxLanes(whole))
    hn::StoreU(hn::Add(hn::LoadU(whole, sums + i), hn::Load(whole, columns + i)), whole, sums + i);
}
#endif

// Each byte is taken as an unsigned one of which the bits in `flip` are flipped.
HWY_INLINE int32_t SumRow(const uint8_t* from, size_t length, uint8_t flip) {
  size_t i = 0;
  uint64_t sum = 0;
#if HWY_TARGET != HWY_SCALAR
  sum = SumVectors(ByteTag(), from, length, flip, i);
  if (i + 16 <= length) sum += SumVectors(BlockTag(), from, length, flip, i);
#endif
  for (; i < length; ++i) sum += static_cast<uint8_t>(from[i] ^ flip);
  return static_cast<int32_t>(sum);
}

// Adds `rows` rows to `sums`.
HWY_INLINE void SumColumns(const uint8_t* from, size_t rows, size_t length, uint8_t flip,
                           int32_t* sums) {
  size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  for (; i + hn::MaxLanes(ByteTag()) <= length; i += hn::MaxLanes(ByteTag()))
    AddColumns(ByteTag(), from + i, rows, length, flip, sums + i);
  for (; i + hn::MaxLanes(HalfTag()) <= length; i += hn::MaxLanes(HalfTag()))
    AddColumns(HalfTag(), from + i, rows, length, flip, sums + i);
  for (; i + 16 <= length; i += 16) AddColumns(BlockTag(), from + i, rows, length, flip, sums + i);
#endif
  if (i == length) return;
#if HWY_TARGET != HWY_SCALAR
  if (length >= 16) {  // the last block is moved back to be whole
    int32_t last[16] = {};
    AddColumns(BlockTag(), from + length - 16, rows, length, flip, last);
    for (; i < length; ++i) sums[i] += last[i + 16 - length];
    return;
  }
#endif
  for (size_t row = 0; row < rows; ++row) {
    const uint8_t* at = from + row * length;
    for (size_t k = i; k < length; ++k) sums[k] += static_cast<uint8_t>(at[k] ^ flip);
  }
}

constexpr int64_t kMostRows = 257;      // of bytes whose sums 16 bits hold
constexpr size_t kMostTogether = 1024;  // columns

// Rows that are added up as one, so that vectors divide it; 1 where there are too few of them.
size_t RowsTogether(size_t length, int64_t rows) {
  constexpr size_t kStep = hn::MaxLanes(hn::ScalableTag<uint8_t>());
  size_t together = kStep / std::gcd(kStep, length);
  while (together > 1 &&
         (together * length > kMostTogether || static_cast<int64_t>(together) * 4 > rows)) {
    together /= 2;
  }
  return together;
}

// Adds `rows` rows, however many, to `sums`.
void SumRows(const uint8_t* from, int64_t rows, size_t length, uint8_t flip, int32_t* sums) {
  for (int64_t done = 0; done < rows;) {
    const int64_t count = std::min(kMostRows, rows - done);
    SumColumns(from, static_cast<size_t>(count), length, flip, sums);
    from += static_cast<size_t>(count) * length;
    done += count;
  }
}

// Where the innermost axis is not reduced: its neighbours are, as axes of one kind are merged.
HWY_NOINLINE void AddUpColumns(const ReduceAxes& axes, const uint8_t* input, uint8_t flip,
                               int32_t* sums) {
  const auto length = static_cast<size_t>(axes.inner().extent);
  const int64_t rows = axes.rows();
  const int64_t each = axes.rank > 1 ? axes.axes[static_cast<size_t>(axes.rank - 2)].extent : 1;
  const size_t together = RowsTogether(length, each);
  const size_t wide = together * length;
  for (int64_t row = 0; row < rows; row += each) {
    int32_t* to = sums + axes.OutputOf(row);
    const int64_t whole = together == 1 ? 0 : each / static_cast<int64_t>(together);
    if (whole > 0) {
      std::array<int32_t, kMostTogether> columns;
      std::fill_n(columns.begin(), wide, 0);
      SumRows(input, whole, wide, flip, columns.data());
      for (size_t i = 0; i < wide; i += length) {
        for (size_t k = 0; k < length; ++k) to[k] += columns[i + k];
      }
      input += static_cast<size_t>(whole) * wide;
    }
    const int64_t rest = each - whole * static_cast<int64_t>(together);
    SumRows(input, rest, length, flip, to);
    input += static_cast<size_t>(rest) * length;
  }
}

template <class T>
void ScaleOf(const QuantizedSum& sum, int32_t offset, const int32_t* sums, T* output,
             size_t count) {
  const hn::Rebind<T, IntTag> narrow;
  const VectorMultiplier multiplier(sum.output);
  const IntVector offsets = hn::Set(kInt, offset);
  const IntVector zero = hn::Set(kInt, sum.output_zero_point);
  const IntVector low = hn::Set(kInt, sum.range.low);
  const IntVector high = hn::Set(kInt, sum.range.high);
  constexpr size_t kStep = hn::MaxLanes(IntTag());
  size_t i = 0;
  for (; i + kStep <= count; i += kStep) {
    const IntVector moved = hn::Add(hn::LoadU(kInt, sums + i), offsets);
    const IntVector scaled = hn::Add(MultiplyByMultiplier(moved, multiplier), zero);
    hn::StoreU(hn::DemoteTo(narrow, hn::Min(hn::Max(scaled, low), high)), narrow, output + i);
  }
  for (; i < count; ++i) {
    const int32_t scaled = kernels::MultiplyByMultiplier(sums[i] + offset, sum.output);
    output[i] = static_cast<T>(
        std::clamp(WrappingAdd(scaled, sum.output_zero_point), sum.range.low, sum.range.high));
  }
}

}  // namespace

void AddUpBytes(const ReduceProblem& problem, const uint8_t* input, uint8_t flip, int32_t* sums) {
  const ReduceAxes axes(problem);
  std::fill_n(sums, problem.outputs(), 0);
  const auto length = static_cast<size_t>(axes.inner().extent);
  if (!axes.inner().reduced) return AddUpColumns(axes, input, flip, sums);
  const int64_t rows = axes.rows();
  for (int64_t row = 0; row < rows; ++row) {
    sums[axes.OutputOf(row)] += SumRow(input, length, flip);
    input += length;
  }
}

void ScaleSigned(const QuantizedSum& sum, int32_t offset, const int32_t* sums, int8_t* output,
                 size_t count) {
  ScaleOf(sum, offset, sums, output, count);
}
void ScaleUnsigned(const QuantizedSum& sum, int32_t offset, const int32_t* sums, uint8_t* output,
                   size_t count) {
  ScaleOf(sum, offset, sums, output, count);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(AddUpBytes);
HWY_EXPORT(ScaleSigned);
HWY_EXPORT(ScaleUnsigned);

bool FitsByteSums(const QuantizedSum& sum, const ReduceProblem& problem) {
  const bool is_byte = sum.input_zero_point >= -128 && sum.input_zero_point <= 255;
  return is_byte && problem.each() <= 1 << 22 && sum.output.shift >= -30;
}

template <>
void SumBytes(const QuantizedSum& sum, const ReduceProblem& problem, const int8_t* input,
              int8_t* output, int32_t* sums) {
  // Signed bytes plus 128 are unsigned ones with the highest bit flipped.
  BRINK_DISPATCH(AddUpBytes)(problem, reinterpret_cast<const uint8_t*>(input), 128, sums);
  const auto offset = static_cast<int32_t>(-(128 + sum.input_zero_point) * problem.each());
  BRINK_DISPATCH(ScaleSigned)
  (sum, offset, sums, output, static_cast<size_t>(problem.outputs()));
}

template <>
void SumBytes(const QuantizedSum& sum, const ReduceProblem& problem, const uint8_t* input,
              uint8_t* output, int32_t* sums) {
  BRINK_DISPATCH(AddUpBytes)(problem, input, 0, sums);
  const auto offset = static_cast<int32_t>(-sum.input_zero_point * problem.each());
  BRINK_DISPATCH(ScaleUnsigned)
  (sum, offset, sums, output, static_cast<size_t>(problem.outputs()));
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
