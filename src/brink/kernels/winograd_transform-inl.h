// The transforms of Winograd's minimal filtering F(m x m, 3 x 3), compiled once a CPU target.
//
// A tile of m x m outputs needs (m + 2) x (m + 2) inputs. With B, G, A made of the powers of
// m + 1 interpolation points and infinity (Toom-Cook; Lavin and Gray 2016,
// "Fast Algorithms for Convolutional Neural Networks"):
//   output = A' ((G filter G') * (B' input B)) A
// The points are 0, pairs +p and -p, infinity, so that both transforms split into even and odd
// halves. The pairs are 1 | sqrt(1/2), sqrt(2) | 1/2, 1, 2 for m = 2 | 4 | 6: among all tried these
// give the smallest rounding error (docs/adr/0001-winograd.md).
#if defined(BRINK_KERNELS_WINOGRAD_TRANSFORM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_WINOGRAD_TRANSFORM_INL_H_
#undef BRINK_KERNELS_WINOGRAD_TRANSFORM_INL_H_
#else
#define BRINK_KERNELS_WINOGRAD_TRANSFORM_INL_H_
#endif

#include "brink/kernels/micro_kernel-inl.h"
#include "brink/kernels/winograd_points.h"

// Of a lambda that is to be part of what calls it: what it holds stays in registers then.
#undef BRINK_INLINE_ATTR
#define BRINK_INLINE_ATTR HWY_ATTR __attribute__((always_inline))

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// Keeps a loaded vector in a register: g++ would load it anew for each of its uses on x86, whose
// instructions take an operand from memory, and be held up by that.
HWY_INLINE FloatVector Loaded(FloatVector value) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  asm("" : "+v"(value.raw));
#endif
  return value;
}

// sum + factor * value. Where the factor is 1 or -1, an addition: the same number, and of many
// cores other units than those of multiplications, which have enough to do.
HWY_INLINE FloatVector AddMultiple(float factor, FloatVector value, FloatVector sum) {
  if (factor == 1) return hn::Add(sum, value);
  if (factor == -1) return hn::Sub(sum, value);
  return hn::MulAdd(hn::Set(kFloat, factor), value, sum);
}

// One dimension of the input transform: transformed = B' input.
template <int kOut>
HWY_INLINE void TransformInputLine(const FloatVector (&in)[kOut + 2],
                                   FloatVector (&transformed)[kOut + 2]) {
  constexpr int kPairs = kOut / 2;
  constexpr const auto& kAll = kWinograd<kOut>.product;
  FloatVector zero = in[2 * kPairs];
  FloatVector infinity = in[2 * kPairs + 1];
#pragma GCC unroll 8
  for (int k = 0; k < kPairs; ++k) {
    zero = AddMultiple(kAll[k], in[2 * k], zero);
    infinity = AddMultiple(kAll[k], in[2 * k + 1], infinity);
  }
  transformed[0] = zero;
  transformed[kOut + 1] = infinity;
#pragma GCC unroll 8
  for (int pair = 0; pair < kPairs; ++pair) {
    constexpr const auto& kOthers = kWinograd<kOut>.others;
    FloatVector even = in[2 * kPairs];
    FloatVector odd = in[2 * kPairs - 1];
#pragma GCC unroll 8
    for (int k = 0; k + 1 < kPairs; ++k) {
      even = AddMultiple(kOthers[pair][k], in[2 * k + 2], even);
      odd = AddMultiple(kOthers[pair][k], in[2 * k + 1], odd);
    }
    const float point = kWinograd<kOut>.point[pair];
    transformed[2 * pair + 1] = AddMultiple(point, odd, even);
    transformed[2 * pair + 2] = AddMultiple(-point, odd, even);
  }
}

// The same with what the points 1/2, 1 and 2 let lines share: of a pair's two polynomials those of
// the other pairs have the root 1 in common, as has the product of all.
template <>
HWY_INLINE void TransformInputLine<6>(const FloatVector (&in)[8], FloatVector (&transformed)[8]) {
  constexpr const auto& kAll = kWinograd<6>.product;
  constexpr const auto& kOthers = kWinograd<6>.others;
  static_assert(kAll[0] == -1 && kAll[1] == -kAll[2] && kWinograd<6>.point[1] == 1);
  static_assert(kOthers[0][0] + kOthers[0][1] == -1 && kOthers[2][0] + kOthers[2][1] == -1);
  const FloatVector even_high = hn::Sub(in[6], in[4]);
  const FloatVector even_low = hn::Sub(in[4], in[2]);
  const FloatVector odd_high = hn::Sub(in[5], in[3]);
  const FloatVector odd_low = hn::Sub(in[3], in[1]);
  transformed[0] = AddMultiple(kAll[2], even_low, hn::Sub(in[6], in[0]));
  transformed[7] = AddMultiple(kAll[2], odd_high, hn::Sub(in[7], in[1]));
  const FloatVector even = AddMultiple(kOthers[1][1], in[4], hn::Add(in[6], in[2]));
  const FloatVector odd = AddMultiple(kOthers[1][1], in[3], hn::Add(in[5], in[1]));
  transformed[3] = hn::Add(even, odd);
  transformed[4] = hn::Sub(even, odd);
#pragma GCC unroll 2
  for (int pair = 0; pair < 4; pair += 2) {
    const FloatVector half = AddMultiple(-kOthers[pair][0], even_low, even_high);
    const FloatVector other = AddMultiple(-kOthers[pair][0], odd_low, odd_high);
    const float point = kWinograd<6>.point[pair];
    transformed[2 * pair + 1] = AddMultiple(point, other, half);
    transformed[2 * pair + 2] = AddMultiple(-point, other, half);
  }
}

// The pair of points whose powers are 1 in the output's transform.
template <int kOut>
constexpr int UnitPair() {
  for (int pair = 0; pair < kOut / 2; ++pair) {
    if (kWinograd<kOut>.power[1][pair] == 1) return pair;
  }
  return 0;
}

// One dimension of the output transform: out = A' product, but for the factors that
// winograd_points.h tells of.
template <int kOut>
HWY_INLINE void TransformOutputLine(const FloatVector (&product)[kOut + 2],
                                    FloatVector (&out)[kOut]) {
  constexpr int kPairs = kOut / 2;
  FloatVector sum[kPairs];
  FloatVector difference[kPairs];
#pragma GCC unroll 8
  for (int pair = 0; pair < kPairs; ++pair) {
    sum[pair] = hn::Add(product[2 * pair + 1], product[2 * pair + 2]);
    difference[pair] = hn::Sub(product[2 * pair + 1], product[2 * pair + 2]);
  }
  out[0] = product[0];
#pragma GCC unroll 8
  for (int pair = 0; pair < kPairs; ++pair) out[0] = hn::Add(out[0], sum[pair]);
  // One pair needs no multiplication.
  constexpr int kFirst = UnitPair<kOut>();
#pragma GCC unroll 8
  for (int row = 1; row < kOut; ++row) {
    const FloatVector* half = row % 2 == 0 ? sum : difference;
    const auto power = [&](int pair)
                           HWY_ATTR { return hn::Set(kFloat, kWinograd<kOut>.power[row][pair]); };
    out[row] = half[kFirst];
#pragma GCC unroll 8
    for (int pair = 0; pair < kPairs; ++pair) {
      if (pair != kFirst) out[row] = hn::MulAdd(power(pair), half[pair], out[row]);
    }
  }
  out[kOut - 1] = hn::Add(out[kOut - 1], product[kOut + 1]);
}

// Both dimensions: load(row, column) gives the input, store(position, value) takes the transformed
// value of position row * (kOut + 2) + column.
//
// What lies between the dimensions goes through memory, line by line: it would not fit the register
// file, and code for one line stays in the cache of decoded instructions.
template <int kOut, class Load, class Store>
HWY_INLINE void TransformInput(Load load, Store store) {
  constexpr int kSide = kOut + 2;
  HWY_ALIGN float lines[kSide * kSide * kLanes];
#pragma GCC unroll 1
  for (int column = 0; column < kSide; ++column) {
    FloatVector in[kSide];
    FloatVector transformed[kSide];
#pragma GCC unroll 8
    for (int row = 0; row < kSide; ++row) in[row] = Loaded(load(row, column));
    TransformInputLine<kOut>(in, transformed);
#pragma GCC unroll 8
    for (int row = 0; row < kSide; ++row) {
      hn::Store(transformed[row], kFloat, lines + (row * kSide + column) * kLanes);
    }
  }
#pragma GCC unroll 1
  for (int row = 0; row < kSide; ++row) {
    FloatVector in[kSide];
    FloatVector transformed[kSide];
#pragma GCC unroll 8
    for (int column = 0; column < kSide; ++column) {
      in[column] = Loaded(hn::Load(kFloat, lines + (row * kSide + column) * kLanes));
    }
    TransformInputLine<kOut>(in, transformed);
#pragma GCC unroll 8
    for (int column = 0; column < kSide; ++column) {
      store(row * kSide + column, transformed[column]);
    }
  }
}

// Whether outputs lack a factor.
template <int kOut>
inline constexpr bool kScaled = kWinograd<kOut>.missing[1] != 1;

// The second dimension of the output transform: lines [kOut][kOut + 2][kLanes] are products after
// the first; take(row, column, value) gets the outputs, row by row, column by column.
template <int kOut, class Take>
HWY_INLINE void TransformOutputRows(const float* lines, Take take) {
  constexpr int kSide = kOut + 2;
#pragma GCC unroll 1
  for (int pair = 0; pair < kOut; pair += 2) {
#pragma GCC unroll 2
    for (int row = pair; row < pair + 2; ++row) {
      FloatVector product[kSide];
      FloatVector out[kOut];
#pragma GCC unroll 8
      for (int column = 0; column < kSide; ++column) {
        product[column] = Loaded(hn::Load(kFloat, lines + (row * kSide + column) * kLanes));
      }
      TransformOutputLine<kOut>(product, out);
#pragma GCC unroll 8
      for (int column = 0; column < kOut; ++column) {
        const float missing = kWinograd<kOut>.missing[row + column];
        take(row, column,
             kScaled<kOut> ? hn::Mul(hn::Set(kFloat, missing), out[column]) : out[column]);
      }
    }
  }
}

// Both dimensions: load(column, products) gives a column of products; take as above.
template <int kOut, class Load, class Take>
HWY_INLINE void TransformOutput(Load load, Take take) {
  constexpr int kSide = kOut + 2;
  HWY_ALIGN float lines[kOut * kSide * kLanes];
#pragma GCC unroll 1
  for (int column = 0; column < kSide; ++column) {
    FloatVector product[kSide];
    FloatVector out[kOut];
    load(column, product);
#pragma GCC unroll 8
    for (int row = 0; row < kSide; ++row) product[row] = Loaded(product[row]);
    TransformOutputLine<kOut>(product, out);
#pragma GCC unroll 8
    for (int row = 0; row < kOut; ++row) {
      hn::Store(out[row], kFloat, lines + (row * kSide + column) * kLanes);
    }
  }
  TransformOutputRows<kOut>(lines, take);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_WINOGRAD_TRANSFORM_INL_H_
