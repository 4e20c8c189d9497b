// The reductions that need no vector code of their own.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "brink/kernels/byte_maxima.h"
#include "brink/kernels/byte_sums.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/reduce.h"
#include "brink/kernels/reduce_axes.h"

namespace brink::kernels {
namespace {

// Sums and products as unsigned numbers of at least 32 bits, whose overflow is defined.
template <class T>
struct Wrapped {
  using Wide = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
  static T Add(T a, T b) { return static_cast<T>(static_cast<Wide>(a) + static_cast<Wide>(b)); }
  static T Mul(T a, T b) { return static_cast<T>(static_cast<Wide>(a) * static_cast<Wide>(b)); }
};
template <>
struct Wrapped<float> {
  static float Add(float a, float b) { return a + b; }
  static float Mul(float a, float b) { return a * b; }
};

template <class T, class Function>
void ReduceWith(const ReduceProblem& problem, const T* input, T* output, const Parallel& parallel,
                T identity, Function f) {
  const ReduceAxes axes(problem);
  std::fill_n(output, problem.outputs(), identity);
  const int64_t rows = axes.rows();
  const ReduceAxes::Axis& outer = axes.axes[0];
  // Rows of different indices of a kept outer axis have results of their own.
  const bool splits = axes.rank > 1 && !outer.reduced && outer.extent > 0;
  const int64_t each = splits ? rows / outer.extent : rows;
  const int64_t work = std::max<int64_t>(1, each * axes.inner().extent);
  ForEachPiece(splits ? outer.extent : 1, std::max<int64_t>(1, (1 << 15) / work), parallel,
               [&](int64_t begin, int64_t count) {
                 ReduceRows<T, T>(axes, begin * each, (begin + count) * each, input, output,
                                  identity, f);
               });
}

template <class T>
void SumsOf(const ReduceProblem& problem, const T* input, int64_t* sums) {
  const ReduceAxes axes(problem);
  std::fill_n(sums, problem.outputs(), int64_t{0});
  ReduceRows<T, int64_t>(axes, 0, axes.rows(), input, sums, 0, Wrapped<int64_t>::Add);
}

// Whether it was a greatest or least byte over neighbours, which is done by vectors.
template <class T>
bool ReduceExtrema(Reduction reduction, const ReduceProblem& problem, const T* input, T* output,
                   const Parallel& parallel) {
  if (sizeof(T) != 1 || (reduction != Reduction::kMax && reduction != Reduction::kMin))
    return false;
  const auto blocks = BlocksOf(problem, ReduceAxes(problem));
  if (!blocks) return false;
  const auto flip = static_cast<uint8_t>((std::is_signed_v<T> ? 0x80 : 0) ^
                                         (reduction == Reduction::kMin ? 0xFF : 0));
  ReduceByteMaxima(*blocks, flip, reinterpret_cast<const uint8_t*>(input),
                   reinterpret_cast<uint8_t*>(output), parallel);
  return true;
}

int32_t Saturate32(int64_t value) {
  return static_cast<int32_t>(std::clamp<int64_t>(value, INT32_MIN, INT32_MAX));
}

}  // namespace

int64_t ReduceProblem::outputs() const {
  int64_t count = 1;
  for (int i = 0; i < input.rank(); ++i) count *= reduced[static_cast<size_t>(i)] ? 1 : input[i];
  return count;
}

int64_t ReduceProblem::each() const {
  int64_t count = 1;
  for (int i = 0; i < input.rank(); ++i) count *= reduced[static_cast<size_t>(i)] ? input[i] : 1;
  return count;
}

template <class T>
void Reduce(Reduction reduction, const ReduceProblem& problem, const T* input, T* output,
            const Parallel& parallel) {
  if (ReduceExtrema(reduction, problem, input, output, parallel)) return;
  // Lambdas, which are inlined where a pointer to a function is called for each element.
  switch (reduction) {
    case Reduction::kSum:
      return ReduceWith<T>(problem, input, output, parallel, T{0},
                           [](T a, T b) { return Wrapped<T>::Add(a, b); });
    case Reduction::kProd:
      return ReduceWith<T>(problem, input, output, parallel, T{1},
                           [](T a, T b) { return Wrapped<T>::Mul(a, b); });
    case Reduction::kMax:
      return ReduceWith<T>(problem, input, output, parallel, std::numeric_limits<T>::lowest(),
                           [](T a, T b) { return a > b ? a : b; });
    case Reduction::kMin:
      return ReduceWith<T>(problem, input, output, parallel, std::numeric_limits<T>::max(),
                           [](T a, T b) { return a < b ? a : b; });
  }
}

template void Reduce(Reduction, const ReduceProblem&, const float*, float*, const Parallel&);
template void Reduce(Reduction, const ReduceProblem&, const int8_t*, int8_t*, const Parallel&);
template void Reduce(Reduction, const ReduceProblem&, const uint8_t*, uint8_t*, const Parallel&);
template void Reduce(Reduction, const ReduceProblem&, const int16_t*, int16_t*, const Parallel&);
template void Reduce(Reduction, const ReduceProblem&, const int32_t*, int32_t*, const Parallel&);
template void Reduce(Reduction, const ReduceProblem&, const int64_t*, int64_t*, const Parallel&);

template <class T>
void IntegerMean(const ReduceProblem& problem, const T* input, T* output, int64_t* sums) {
  SumsOf(problem, input, sums);
  const int64_t each = std::max<int64_t>(1, problem.each());
  for (int64_t i = 0; i < problem.outputs(); ++i) output[i] = static_cast<T>(sums[i] / each);
}

template void IntegerMean(const ReduceProblem&, const int32_t*, int32_t*, int64_t*);
template void IntegerMean(const ReduceProblem&, const int64_t*, int64_t*, int64_t*);

QuantizedSum MakeQuantizedSum(SumKind kind, Affine input, Affine output, IntRange range,
                              int64_t each) {
  QuantizedSum sum{.input_zero_point = input.zero_point,
                   .output_zero_point = output.zero_point,
                   .output = QuantizeMultiplier(static_cast<double>(input.scale) /
                                                static_cast<double>(output.scale)),
                   .range = range};
  if (kind == SumKind::kSum || each <= 0) return sum;
  // The division becomes a part of the multiplier, as many bits longer as it has room for.
  int shift = 63 - std::countl_zero(static_cast<uint64_t>(each));
  shift = std::min({shift, 32, 31 + sum.output.shift});
  if (shift < 0) return sum.output = {}, sum;
  sum.output.value = static_cast<int32_t>((int64_t{sum.output.value} << shift) / each);
  sum.output.shift -= shift;
  return sum;
}

template <class T>
void Sum(const QuantizedSum& sum, const ReduceProblem& problem, const T* input, T* output,
         int64_t* sums) {
  if constexpr (sizeof(T) == 1) {
    if (FitsByteSums(sum, problem))
      return SumBytes(sum, problem, input, output, reinterpret_cast<int32_t*>(sums));
  }
  SumsOf(problem, input, sums);
  const int64_t each = problem.each();
  for (int64_t i = 0; i < problem.outputs(); ++i) {
    const int32_t shifted = Saturate32(sums[i] - sum.input_zero_point * each);
    const int32_t scaled = MultiplyByMultiplier(shifted, sum.output);
    output[i] = static_cast<T>(
        std::clamp(WrappingAdd(scaled, sum.output_zero_point), sum.range.low, sum.range.high));
  }
}

template void Sum(const QuantizedSum&, const ReduceProblem&, const int8_t*, int8_t*, int64_t*);
template void Sum(const QuantizedSum&, const ReduceProblem&, const uint8_t*, uint8_t*, int64_t*);
template void Sum(const QuantizedSum&, const ReduceProblem&, const int16_t*, int16_t*, int64_t*);

QuantizedProd MakeQuantizedProd(Affine input, Affine output, IntRange range, int64_t each) {
  const double root = std::pow(static_cast<double>(output.scale),
                               1.0 / static_cast<double>(std::max<int64_t>(1, each)));
  return {.input_zero_point = input.zero_point,
          .output_zero_point = output.zero_point,
          .scaling = QuantizeMultiplier(static_cast<double>(input.scale) / root),
          .range = range};
}

template <class T>
void Prod(const QuantizedProd& prod, const ReduceProblem& problem, const T* input, T* output,
          int64_t* products) {
  constexpr int64_t kNotBegun = INT64_MIN;
  const int64_t outputs = problem.outputs();
  std::fill_n(products, outputs, kNotBegun);
  const ReduceAxes axes(problem);
  const int64_t length = axes.inner().extent;
  const int64_t rows = axes.rows();
  const auto scaled = [&](int64_t value) {
    return int64_t{MultiplyByMultiplier(Saturate32(value), prod.scaling)};
  };
  for (int64_t row = 0; row < rows; ++row) {
    int64_t* to = products + axes.OutputOf(row);
    for (int64_t i = 0; i < length; ++i) {
      int64_t& product = axes.inner().reduced ? *to : to[i];
      const int64_t value = int64_t{input[row * length + i]} - prod.input_zero_point;
      product = product == kNotBegun ? value : scaled(product * value);
    }
  }
  for (int64_t i = 0; i < outputs; ++i) {
    const int64_t value =
        (products[i] == kNotBegun ? 0 : scaled(products[i])) + prod.output_zero_point;
    output[i] = static_cast<T>(std::clamp<int64_t>(value, prod.range.low, prod.range.high));
  }
}

template void Prod(const QuantizedProd&, const ReduceProblem&, const int8_t*, int8_t*, int64_t*);
template void Prod(const QuantizedProd&, const ReduceProblem&, const uint8_t*, uint8_t*, int64_t*);
template void Prod(const QuantizedProd&, const ReduceProblem&, const int16_t*, int16_t*, int64_t*);

}  // namespace brink::kernels
