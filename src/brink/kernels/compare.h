// Comparisons and logic of two broadcast inputs; a bool is a byte of 0 or 1.
#pragma once

#include <array>
#include <cstdint>

#include "brink/kernels/broadcast.h"
#include "brink/kernels/parallel.h"

namespace brink::kernels {

enum class Comparison { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

template <class T>
struct CompareArguments {
  const T* a = nullptr;
  const T* b = nullptr;
  uint8_t* output = nullptr;
};

// T: float, int8_t, uint8_t, int16_t, int32_t, uint32_t, int64_t. Nothing is equal to NaN.
template <class T>
void Compare(Comparison comparison, const Broadcast& broadcast,
             const CompareArguments<T>& arguments, const Parallel& parallel);

// The same of the numbers that bytes stand for: ranks.a[stored value as uint8_t] is the first's.
struct PairOfRanks {
  std::array<int32_t, 256> a;
  std::array<int32_t, 256> b;
};
void CompareRanks(Comparison comparison, const Broadcast& broadcast,
                  const CompareArguments<uint8_t>& arguments, const PairOfRanks& ranks,
                  const Parallel& parallel);

enum class Logic { kAnd, kOr };

// Any byte but 0 is true. The output may be the memory of an input that does not stretch.
void Combine(Logic logic, const Broadcast& broadcast, const CompareArguments<uint8_t>& arguments,
             const Parallel& parallel);

}  // namespace brink::kernels
