#pragma once

#if defined(__aarch64__)
#include <arm_neon.h>

namespace brink::kernels {

// Loads two vectors by one instruction, as g++ does only where it keeps both loads together, and
// moves `from` on behind them.
template <class T, class Vector>
inline __attribute__((always_inline)) void LoadPair(const T*& from, Vector& first, Vector& second) {
  struct Pair {
    Vector of[2];
  };
  asm("ldp %q0, %q1, [%2], #32"
      : "=w"(first), "=w"(second), "+r"(from)
      : "m"(*reinterpret_cast<const Pair*>(from)));
}

}  // namespace brink::kernels
#endif
