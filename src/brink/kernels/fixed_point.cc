#include "brink/kernels/fixed_point.h"

#include <algorithm>
#include <bit>

namespace brink::kernels {
namespace {

int32_t Saturate(int64_t value) {
  return static_cast<int32_t>(std::clamp<int64_t>(value, INT32_MIN, INT32_MAX));
}

}  // namespace

Multiplier InverseSquareRoot(int32_t x) {
  if (x <= 1) return {INT32_MAX, 0};
  int right = 11;
  while (x >= (1 << 29)) {
    x /= 4;
    ++right;
  }
  const int pairs = (std::countl_zero(static_cast<uint32_t>(x)) - 1) / 2 - 1;
  right -= pairs;
  x <<= 2 * pairs;  // now in [2^27, 2^29)
  // Newton's iteration for numbers with 3 integer bits; a product of two has 6, and is shifted
  // back.
  const int32_t half_input = RoundingDivideByPowerOfTwo(x >> 1, 1);
  constexpr int32_t kOneAndAHalf = (1 << 28) + (1 << 27);
  int32_t root = 1 << 28;
  for (int i = 0; i < 5; ++i) {
    const int32_t square = RoundingDoublingHighMul(root, root);
    const int32_t cube =
        Saturate(int64_t{RoundingDoublingHighMul(square, root)} * (int64_t{1} << 6));
    const int64_t next = int64_t{RoundingDoublingHighMul(kOneAndAHalf, root)} -
                         RoundingDoublingHighMul(half_input, cube);
    root = Saturate(next * 8);
  }
  constexpr int32_t kHalfRootOfTwo = 1518500250;
  root = RoundingDoublingHighMul(root, kHalfRootOfTwo);
  if (right < 0) {
    root = static_cast<int32_t>(static_cast<uint32_t>(root) << -right);
    right = 0;
  }
  return {root, -right};
}

}  // namespace brink::kernels
