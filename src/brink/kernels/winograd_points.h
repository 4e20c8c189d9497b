// The constants of the Winograd transforms (see winograd_transform-inl.h), computed from the
// interpolation points. Only for this room's sources.
#pragma once

#include <array>

namespace brink::kernels {

// For outputs of kOut x kOut: kOut / 2 pairs of points +p and -p beside 0 and infinity. Where no
// point is 1, they are multiples of a unit, and the output's transform takes it for 1: output e of
// a line lacks the factor unit^e then, that of infinity's product is in the filter. So most of the
// factors are 1 or powers of two, and one multiplication an output is left of the others.
template <int kOut>
struct WinogradConstants {
  static constexpr int kPairs = kOut / 2;
  using Pairs = std::array<double, kPairs>;

  std::array<float, kPairs> point{};
  // prod_j (z - p_j^2) = z^kPairs + sum_k product[k] z^k.
  std::array<float, kPairs> product{};
  // The same without pair i: others[i][k], k < kPairs - 1.
  std::array<std::array<float, kPairs>, kPairs> others{};
  // power[e][i] = (p_i / unit)^e.
  std::array<std::array<float, kPairs>, kOut> power{};
  // G: the filter's transform, rows in the order 0, +p_0, -p_0, +p_1, ..., infinity.
  std::array<std::array<double, 3>, kOut + 2> filter{};
  // The factor that the output at [row][column] lacks: missing[row + column].
  std::array<float, 2 * kOut - 1> missing{};

  explicit constexpr WinogradConstants(const Pairs& points, double unit = 1) {
    const Polynomial all = Product(points, -1);
    for (int k = 0; k < kPairs; ++k) product[k] = static_cast<float>(all[k]);
    filter[0] = {1 / all[0], 0, 0};
    double factor = 1;
    for (int e = 0; e < 2 * kOut - 1; ++e, factor *= unit) {
      missing[e] = static_cast<float>(factor);
      if (e == kOut - 1) filter[kOut + 1] = {0, 0, 1 / factor};
    }
    for (int i = 0; i < kPairs; ++i) {
      const double p = points[i];
      point[i] = static_cast<float>(p);
      const Polynomial rest = Product(points, i);
      for (int k = 0; k + 1 < kPairs; ++k) others[i][k] = static_cast<float>(rest[k]);
      double scale = 2 * p * p;
      for (int j = 0; j < kPairs; ++j) scale *= j == i ? 1 : p * p - points[j] * points[j];
      filter[2 * i + 1] = {1 / scale, p / scale, p * p / scale};
      filter[2 * i + 2] = {1 / scale, -p / scale, p * p / scale};
      double raised = 1;
      for (int e = 0; e < kOut; ++e, raised *= p / unit) power[e][i] = static_cast<float>(raised);
    }
  }

 private:
  using Polynomial = std::array<double, kPairs + 1>;

  // prod (z - p_j^2) over all pairs but `without`.
  static constexpr Polynomial Product(const Pairs& points, int without) {
    Polynomial poly{1};
    int degree = 0;
    for (int j = 0; j < kPairs; ++j) {
      if (j == without) continue;
      for (int k = ++degree; k >= 0; --k) {
        poly[k] = (k > 0 ? poly[k - 1] : 0) - (k < degree ? poly[k] * points[j] * points[j] : 0);
      }
    }
    return poly;
  }
};

inline constexpr double kSqrtHalf = 0.70710678118654752440;

template <int kOut>
inline constexpr WinogradConstants<kOut> kWinograd{typename WinogradConstants<kOut>::Pairs{}};
template <>
inline constexpr WinogradConstants<2> kWinograd<2>{{1.0}};
template <>
inline constexpr WinogradConstants<4> kWinograd<4>{{kSqrtHalf, 2 * kSqrtHalf}, kSqrtHalf};
template <>
inline constexpr WinogradConstants<6> kWinograd<6>{{0.5, 1.0, 2.0}};

}  // namespace brink::kernels
