#include "brink/kernels/requantize.h"

#include <cmath>
#include <cstdlib>

namespace brink::kernels {

Multiplier QuantizeMultiplier(double real) {
  if (real == 0 || !std::isfinite(real)) return {};
  int shift = 0;
  const double fraction = std::frexp(real, &shift);
  auto fixed = static_cast<int64_t>(std::round(fraction * static_cast<double>(int64_t{1} << 31)));
  if (std::abs(fixed) == (int64_t{1} << 31)) {
    fixed /= 2;
    ++shift;
  }
  if (shift < -31) return {};
  if (shift > 30) return {real > 0 ? INT32_MAX : -INT32_MAX, 30};
  return {static_cast<int32_t>(fixed), shift};
}

}  // namespace brink::kernels
