// The loop nest of a reduction. Only for this room's sources.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "brink/kernels/pieces.h"
#include "brink/kernels/reduce.h"

namespace brink::kernels {

// The axes with neighbours of one kind merged; extents of 1 are gone. At least one axis.
struct ReduceAxes {
  struct Axis {
    int64_t extent = 1;
    bool reduced = false;
    int64_t output_stride = 0;  // 0 of a reduced axis
  };
  int rank = 0;
  std::array<Axis, Shape::kMaxRank> axes{};

  explicit ReduceAxes(const ReduceProblem& problem) {
    for (int i = 0; i < problem.input.rank(); ++i) {
      const int64_t extent = problem.input[i];
      const bool reduced = problem.reduced[static_cast<size_t>(i)];
      if (extent == 1) continue;
      if (rank > 0 && axes[static_cast<size_t>(rank - 1)].reduced == reduced) {
        axes[static_cast<size_t>(rank - 1)].extent *= extent;
      } else {
        axes[static_cast<size_t>(rank++)] = {extent, reduced, 0};
      }
    }
    if (rank == 0) axes[static_cast<size_t>(rank++)] = {1, false, 0};
    int64_t step = 1;
    for (int i = rank - 1; i >= 0; --i) {
      Axis& axis = axes[static_cast<size_t>(i)];
      if (axis.reduced) continue;
      axis.output_stride = step;
      step *= axis.extent;
    }
  }

  const Axis& inner() const { return axes[static_cast<size_t>(rank - 1)]; }
  int64_t rows() const {
    int64_t count = 1;
    for (int i = 0; i + 1 < rank; ++i) count *= axes[static_cast<size_t>(i)].extent;
    return count;
  }
  // Where the results of input row `row` go.
  int64_t OutputOf(int64_t row) const {
    int64_t offset = 0;
    for (int i = rank - 2; i >= 0; --i) {
      const Axis& axis = axes[static_cast<size_t>(i)];
      offset += row % axis.extent * axis.output_stride;
      row /= axis.extent;
    }
    return offset;
  }
};

// A tensor as [outer, middle, inner], of which the middle is reduced.
struct BlockShape {
  size_t outer = 1;
  size_t middle = 1;
  size_t inner = 1;
};

// None where the reduced axes are no neighbours.
inline std::optional<BlockShape> BlocksOf(const ReduceProblem& problem, const ReduceAxes& axes) {
  const int first = axes.axes[0].reduced ? 0 : 1;
  if (axes.rank > first + 2) return std::nullopt;
  const int64_t outer = first == 1 ? axes.axes[0].extent : 1;
  const int64_t inner = axes.rank == first + 2 ? axes.inner().extent : 1;
  return BlockShape{static_cast<size_t>(outer), static_cast<size_t>(problem.each()),
                    static_cast<size_t>(inner)};
}

// Calls body(first block, the shape of some) so that together all blocks are covered.
template <class Body>
void ForEachBlocks(const BlockShape& shape, const Parallel& parallel, Body body) {
  const auto block = static_cast<int64_t>(shape.middle * shape.inner);
  ForEachPiece(static_cast<int64_t>(shape.outer),
               std::max<int64_t>(1, (1 << 15) / std::max<int64_t>(1, block)), parallel,
               [&](int64_t begin, int64_t count) {
                 body(static_cast<size_t>(begin),
                      BlockShape{static_cast<size_t>(count), shape.middle, shape.inner});
               });
}

// f over `length` neighbours. The compiler makes vectors of an integer's loop by itself; of a
// float's, whose order counts, when several results are under way at once. (Were they under way for
// integers too, g++ 12.2 -O3 would compute wrong sums of int8_t as int64_t.)
template <class Result, class T, class Function>
Result ReduceRun(const T* from, int64_t length, Result identity, Function f) {
  Result result = identity;
  int64_t i = 0;
  if constexpr (std::is_floating_point_v<Result>) {
    constexpr int kWays = 8;
    Result ways[kWays];
    std::fill_n(ways, kWays, identity);
    for (; i + kWays <= length; i += kWays) {
      for (int way = 0; way < kWays; ++way) ways[way] = f(ways[way], from[i + way]);
    }
    for (const Result way : ways) result = f(result, way);
  }
  for (; i < length; ++i) result = f(result, static_cast<Result>(from[i]));
  return result;
}

// result[..] = f(result[..], x) over all elements x of input rows [first, last).
template <class T, class Result, class Function>
void ReduceRows(const ReduceAxes& axes, int64_t first, int64_t last, const T* input, Result* result,
                Result identity, Function f) {
  const int64_t length = axes.inner().extent;
  for (int64_t row = first; row < last; ++row) {
    const T* from = input + row * length;
    Result* to = result + axes.OutputOf(row);
    if (axes.inner().reduced) {
      *to = f(*to, ReduceRun(from, length, identity, f));
    } else {
      for (int64_t i = 0; i < length; ++i) to[i] = f(to[i], static_cast<Result>(from[i]));
    }
  }
}

}  // namespace brink::kernels
