// How a graph that is one operator combines two elements: the bodies of STABLEHLO_SCATTER and
// STABLEHLO_REDUCE_WINDOW.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

enum class Combining { kSecond, kAdd, kMultiply, kMaximum, kMinimum, kAnd, kOr };

// Of the graph that options field `field` names. kSecond only where `may_replace`.
Result<Combining> ReadCombining(const NodeView& node, int field, bool may_replace);

// Integers wrap. kAnd and kOr: 1 or 0.
template <class T>
T Combine(Combining how, T a, T b) {
  using Wide =
      std::conditional_t<std::is_floating_point_v<T>, T,
                         std::conditional_t<sizeof(T) <= sizeof(uint32_t), uint32_t, uint64_t>>;
  switch (how) {
    case Combining::kSecond:
      return b;
    case Combining::kAdd:
      return static_cast<T>(static_cast<Wide>(a) + static_cast<Wide>(b));
    case Combining::kMultiply:
      return static_cast<T>(static_cast<Wide>(a) * static_cast<Wide>(b));
    case Combining::kMaximum:
      return std::max(a, b);
    case Combining::kMinimum:
      return std::min(a, b);
    case Combining::kAnd:
      return static_cast<T>(a != 0 && b != 0);
    default:
      return static_cast<T>(a != 0 || b != 0);
  }
}

}  // namespace brink::ops
