#include "brink/kernels/winograd_filter.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/winograd_filter.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/winograd_points.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_HAVE_FLOAT64
using DoubleTag = hn::ScalableTag<double>;
using Doubles = hn::Vec<DoubleTag>;
inline constexpr DoubleTag kDouble{};
inline constexpr size_t kTogether = hn::MaxLanes(kDouble);
inline constexpr hn::Rebind<float, DoubleTag> kNarrow{};

HWY_INLINE Doubles Load(const float* from) {
  return hn::PromoteTo(kDouble, hn::Load(kNarrow, from));
}
HWY_INLINE void Store(Doubles value, float* to) {
  hn::Store(hn::DemoteTo(kNarrow, value), kNarrow, to);
}
HWY_INLINE Doubles Product(Doubles value, double factor) {
  return hn::Mul(value, hn::Set(kDouble, factor));
}
HWY_INLINE Doubles Sum(Doubles a, Doubles b) { return hn::Add(a, b); }
HWY_INLINE Doubles Difference(Doubles a, Doubles b) { return hn::Sub(a, b); }
#else
using Doubles = double;
inline constexpr size_t kTogether = 1;

HWY_INLINE Doubles Load(const float* from) { return double{*from}; }
HWY_INLINE void Store(Doubles value, float* to) { *to = static_cast<float>(value); }
HWY_INLINE Doubles Product(Doubles value, double factor) { return value * factor; }
HWY_INLINE Doubles Sum(Doubles a, Doubles b) { return a + b; }
HWY_INLINE Doubles Difference(Doubles a, Doubles b) { return a - b; }
#endif

constexpr size_t kTaps = 9;

// G times three values. Rows +p and -p of G differ in the sign of their middle factor, the first
// and the last are one factor.
template <int kOut>
HWY_INLINE void MultiplyByG(const Doubles (&values)[3], Doubles (&products)[kOut + 2]) {
  constexpr const auto& kFilter = kWinograd<kOut>.filter;
  products[0] = Product(values[0], kFilter[0][0]);
#pragma GCC unroll 3
  for (size_t row = 1; row < kOut + 1; row += 2) {
    const Doubles even =
        Sum(Product(values[0], kFilter[row][0]), Product(values[2], kFilter[row][2]));
    const Doubles odd = Product(values[1], kFilter[row][1]);
    products[row] = Sum(even, odd);
    products[row + 1] = Difference(even, odd);
  }
  products[kOut + 1] = Product(values[2], kFilter[kOut + 1][2]);
}

// taps[y * 3 + x][channel] -> `cells`.
template <int kOut>
HWY_INLINE void TransformOne(const float (&taps)[kTaps][kTogether], const FilterCells& cells) {
  constexpr size_t kSide = kOut + 2;
  Doubles half[3][kSide];
#pragma GCC unroll 3
  for (size_t x = 0; x < 3; ++x)
    MultiplyByG<kOut>({Load(taps[x]), Load(taps[3 + x]), Load(taps[6 + x])}, half[x]);
#pragma GCC unroll 8
  for (size_t row = 0; row < kSide; ++row) {
    Doubles sums[kSide];
    MultiplyByG<kOut>({half[0][row], half[1][row], half[2][row]}, sums);
    float* to = cells.to + row * cells.row_step;
#pragma GCC unroll 8
    for (size_t column = 0; column < kSide; ++column)
      Store(sums[column], to + column * cells.column_step);
  }
}

template <int kOut>
void Transform(const ConvProblem& p, const float* filter, const FilterBlock& block,
               FilterCells cells) {
  const FilterIndex index(p);
  const auto depth = static_cast<size_t>(p.shape.in_channels);
  const auto channels = static_cast<size_t>(p.shape.out_channels);
  HWY_ALIGN float taps[kTaps][kTogether] = {};
  for (size_t c = 0; c < block.width; c += kTogether, cells.to += kTogether) {
    const size_t first = block.out + c;
    const size_t count = first < channels ? std::min(kTogether, channels - first) : 0;
    const size_t step = index(1, 0);
    for (size_t i = 0; i < kTaps; ++i) {
      const float* from = filter + index(first, i * depth + block.in);
      if (step == 1 && count == kTogether) {
        std::memcpy(taps[i], from, sizeof(taps[i]));
        continue;
      }
      for (size_t lane = 0; lane < count; ++lane) taps[i][lane] = from[lane * step];
      std::fill(taps[i] + count, taps[i] + kTogether, 0.0F);
    }
    TransformOne<kOut>(taps, cells);
  }
}

void TransformFiltersOf(int tile, const ConvProblem& p, const float* filter,
                        const FilterBlock& block, const FilterCells& cells) {
  if (tile == 2) return Transform<2>(p, filter, block, cells);
  if (tile == 4) return Transform<4>(p, filter, block, cells);
  Transform<6>(p, filter, block, cells);
}

}  // namespace
}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(TransformFiltersOf);

void TransformFilters(int tile, const ConvProblem& p, const float* filter, const FilterBlock& block,
                      const FilterCells& cells) {
  BRINK_DISPATCH(TransformFiltersOf)(tile, p, filter, block, cells);
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
