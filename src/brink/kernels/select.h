// SELECT: one of two inputs, element by element, as a third one says.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "brink/base/result.h"
#include "brink/kernels/parallel.h"
#include "brink/tensor/shape.h"

namespace brink::kernels {

// A loop nest over the result; an input's stride counts its elements and is 0 where it stretches.
struct SelectProblem {
  int rank = 0;
  std::array<int64_t, Shape::kMaxRank> extents{};
  std::array<int64_t, Shape::kMaxRank> condition{};
  std::array<int64_t, Shape::kMaxRank> a{};
  std::array<int64_t, Shape::kMaxRank> b{};
  size_t element_bytes = 4;  // 1, 2, 4, 8 or 16
};

// The nest for three shapes that stretch to `output`, which BroadcastShape of them all gave.
SelectProblem MakeSelect(const Shape& output, const Shape& condition, const Shape& a,
                         const Shape& b, size_t element_bytes);

struct SelectArguments {
  const uint8_t* condition = nullptr;  // any byte but 0 takes a
  const void* a = nullptr;
  const void* b = nullptr;
  void* output = nullptr;  // may be an input's memory where it does not stretch
};
void Select(const SelectProblem& problem, const SelectArguments& arguments,
            const Parallel& parallel);

}  // namespace brink::kernels
