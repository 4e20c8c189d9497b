#include "brink/kernels/integer_elementwise.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "brink/kernels/integer_vectors.h"
#include "brink/kernels/map_pairs.h"

namespace brink::kernels {
namespace {

// Where arithmetic wraps: at least as wide as int, as narrower types would be promoted to it.
template <class T>
using Wrapping = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

template <class T>
T Wrap(Wrapping<T> value) {
  return static_cast<T>(value);
}
template <class T>
Wrapping<T> Wide(T value) {
  return static_cast<Wrapping<T>>(value);
}

template <class T>
T Divide(T a, T b) {
  if (b == 0) return 0;
  if (std::is_signed_v<T> && b == static_cast<T>(-1)) return Wrap<T>(Wrapping<T>{0} - Wide(a));
  return static_cast<T>(a / b);
}

template <class T>
T Remainder(T a, T b) {
  if (b == 0 || (std::is_signed_v<T> && b == static_cast<T>(-1))) return 0;
  return static_cast<T>(a % b);
}

template <class T>
T FloorDivide(T a, T b) {
  const T rest = Remainder(a, b);
  const bool below = rest != 0 && (rest < 0) != (b < 0);
  return static_cast<T>(Divide(a, b) - (below ? 1 : 0));
}

template <class T>
T FloorRemainder(T a, T b) {
  const T rest = Remainder(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
}

template <class T>
T Power(T base, T exponent) {
  if (std::is_signed_v<T> && exponent < 0) {
    if (base == 1) return 1;
    if (base == static_cast<T>(-1)) return exponent % 2 == 0 ? 1 : static_cast<T>(-1);
    return 0;
  }
  Wrapping<T> result = 1;
  Wrapping<T> square = Wide(base);
  for (auto left = static_cast<std::make_unsigned_t<T>>(exponent); left != 0;
       left = static_cast<std::make_unsigned_t<T>>(left >> 1)) {
    if ((left & 1) != 0) result *= square;
    square *= square;
  }
  return Wrap<T>(result);
}

template <class T>
T ShiftRight(T a, T b) {
  constexpr int kMost = static_cast<int>(sizeof(T)) * 8 - 1;
  if (std::is_signed_v<T> && b < 0) return a;
  return static_cast<T>(a >> std::min<int64_t>(kMost, static_cast<int64_t>(b)));
}

template <class T>
T SquaredDifference(T a, T b) {
  const Wrapping<T> difference = Wide(a) - Wide(b);
  return Wrap<T>(difference * difference);
}

template <class T>
constexpr bool HasVectors() {
  return sizeof(T) == 1 || std::is_same_v<T, int32_t> || std::is_same_v<T, int64_t>;
}
template <class T>
bool HasVectors(IntegerOp op) {
  if (op == IntegerOp::kMaximum || op == IntegerOp::kMinimum) return true;
  const bool is_sum = op == IntegerOp::kAdd || op == IntegerOp::kSub;
  return sizeof(T) > 1 && (is_sum || op == IntegerOp::kMul);
}

}  // namespace

template <class T>
void IntegerBinary(IntegerOp op, const Broadcast& broadcast, const IntegerArguments<T>& arguments,
                   const Parallel& parallel) {
  if constexpr (HasVectors<T>()) {
    using Limits = std::numeric_limits<T>;
    const bool clamps = arguments.low != Limits::min() || arguments.high != Limits::max();
    if (!clamps && HasVectors<T>(op)) return IntegerVectors(op, broadcast, arguments, parallel);
  }
  const auto map = [&](auto f) {
    const T low = arguments.low;
    const T high = arguments.high;
    const PairArguments<T, T> pairs{arguments.a, arguments.b, arguments.output};
    MapBroadcast(broadcast, pairs, parallel,
                 [=](T a, T b) { return std::min(std::max(f(a, b), low), high); });
  };
  switch (op) {
    case IntegerOp::kAdd:
      return map([](T a, T b) { return Wrap<T>(Wide(a) + Wide(b)); });
    case IntegerOp::kSub:
      return map([](T a, T b) { return Wrap<T>(Wide(a) - Wide(b)); });
    case IntegerOp::kMul:
      return map([](T a, T b) { return Wrap<T>(Wide(a) * Wide(b)); });
    case IntegerOp::kDiv:
      return map(Divide<T>);
    case IntegerOp::kMaximum:
      return map([](T a, T b) { return std::max(a, b); });
    case IntegerOp::kMinimum:
      return map([](T a, T b) { return std::min(a, b); });
    case IntegerOp::kFloorDiv:
      return map(FloorDivide<T>);
    case IntegerOp::kFloorMod:
      return map(FloorRemainder<T>);
    case IntegerOp::kSquaredDifference:
      return map(SquaredDifference<T>);
    case IntegerOp::kPow:
      return map(Power<T>);
    case IntegerOp::kXor:
      return map([](T a, T b) { return static_cast<T>(a ^ b); });
    case IntegerOp::kRightShift:
      return map(ShiftRight<T>);
  }
}

template <class T>
void MapIntegers(IntegerFunction function, const T* input, T* output, int64_t count,
                 const Parallel& parallel) {
  const auto map = [&](auto f) {
    ForEachPiece(count, 1 << 15, parallel, [&](int64_t begin, int64_t length) {
      for (int64_t i = begin; i < begin + length; ++i) output[i] = f(input[i]);
    });
  };
  const auto negate = [](T x) { return Wrap<T>(Wrapping<T>{0} - Wide(x)); };
  switch (function) {
    case IntegerFunction::kAbs:
      return map([negate](T x) { return x < 0 ? negate(x) : x; });
    case IntegerFunction::kNeg:
      return map(negate);
    case IntegerFunction::kSign:
      return map([](T x) { return static_cast<T>((x > 0 ? 1 : 0) - (x < 0 ? 1 : 0)); });
  }
}

template void MapIntegers(IntegerFunction, const int8_t*, int8_t*, int64_t, const Parallel&);
template void MapIntegers(IntegerFunction, const int16_t*, int16_t*, int64_t, const Parallel&);
template void MapIntegers(IntegerFunction, const int32_t*, int32_t*, int64_t, const Parallel&);
template void MapIntegers(IntegerFunction, const int64_t*, int64_t*, int64_t, const Parallel&);

template void IntegerBinary(IntegerOp, const Broadcast&, const IntegerArguments<int8_t>&,
                            const Parallel&);
template void IntegerBinary(IntegerOp, const Broadcast&, const IntegerArguments<uint8_t>&,
                            const Parallel&);
template void IntegerBinary(IntegerOp, const Broadcast&, const IntegerArguments<int16_t>&,
                            const Parallel&);
template void IntegerBinary(IntegerOp, const Broadcast&, const IntegerArguments<uint16_t>&,
                            const Parallel&);
template void IntegerBinary(IntegerOp, const Broadcast&, const IntegerArguments<int32_t>&,
                            const Parallel&);
template void IntegerBinary(IntegerOp, const Broadcast&, const IntegerArguments<uint32_t>&,
                            const Parallel&);
template void IntegerBinary(IntegerOp, const Broadcast&, const IntegerArguments<int64_t>&,
                            const Parallel&);

}  // namespace brink::kernels
