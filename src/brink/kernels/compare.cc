#include "brink/kernels/compare.h"

#include "brink/kernels/map_pairs.h"

namespace brink::kernels {

template <class T>
void Compare(Comparison comparison, const Broadcast& broadcast,
             const CompareArguments<T>& arguments, const Parallel& parallel) {
  const auto map = [&](auto f) {
    const PairArguments<T, uint8_t> pairs{arguments.a, arguments.b, arguments.output};
    MapBroadcast(broadcast, pairs, parallel,
                 [f](T a, T b) { return static_cast<uint8_t>(f(a, b) ? 1 : 0); });
  };
  switch (comparison) {
    case Comparison::kEqual:
      return map([](T a, T b) { return a == b; });
    case Comparison::kNotEqual:
      return map([](T a, T b) { return a != b; });
    case Comparison::kLess:
      return map([](T a, T b) { return a < b; });
    case Comparison::kLessEqual:
      return map([](T a, T b) { return a <= b; });
    case Comparison::kGreater:
      return map([](T a, T b) { return a > b; });
    case Comparison::kGreaterEqual:
      return map([](T a, T b) { return a >= b; });
  }
}

template void Compare(Comparison, const Broadcast&, const CompareArguments<float>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<int8_t>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<uint8_t>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<int16_t>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<int32_t>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<uint32_t>&,
                      const Parallel&);
template void Compare(Comparison, const Broadcast&, const CompareArguments<int64_t>&,
                      const Parallel&);

void Combine(Logic logic, const Broadcast& broadcast, const CompareArguments<uint8_t>& arguments,
             const Parallel& parallel) {
  const PairArguments<uint8_t, uint8_t> pairs{arguments.a, arguments.b, arguments.output};
  if (logic == Logic::kAnd) {
    MapBroadcast(broadcast, pairs, parallel, [](uint8_t a, uint8_t b) {
      return static_cast<uint8_t>(a != 0 && b != 0 ? 1 : 0);
    });
  } else {
    MapBroadcast(broadcast, pairs, parallel,
                 [](uint8_t a, uint8_t b) { return static_cast<uint8_t>((a | b) != 0 ? 1 : 0); });
  }
}

}  // namespace brink::kernels
