// The loops of elementwise operators with two broadcast inputs of any type. Only for this room's
// sources.
#pragma once

#include <cstdint>

#include "brink/kernels/broadcast.h"
#include "brink/kernels/pair_pieces.h"
#include "brink/kernels/parallel.h"

namespace brink::kernels {

// output = f(a, b) for each element. The output may be the memory of an input of its type that does
// not stretch.
template <class In, class Out>
struct PairArguments {
  const In* a = nullptr;
  const In* b = nullptr;
  Out* output = nullptr;
};

// One row. Loops of their own for what stretches let the compiler use vectors.
template <class In, class Out, class Function>
void MapRow(const Broadcast& broadcast, PairArguments<In, Out> row, Function f) {
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  const int64_t length = broadcast.extents[inner];
  const auto [a, b, output] =
      row;  // copies: what is written through a char pointer may be anywhere
  const bool b_stretches = broadcast.b_strides[inner] == 0;
  if (broadcast.a_strides[inner] == 0) {
    const In x = *a;
    for (int64_t i = 0; i < length; ++i) output[i] = f(x, b_stretches ? *b : b[i]);
  } else if (b_stretches) {
    const In y = *b;
    for (int64_t i = 0; i < length; ++i) output[i] = f(a[i], y);
  } else {
    for (int64_t i = 0; i < length; ++i) output[i] = f(a[i], b[i]);
  }
}

template <class In, class Out, class Function>
void MapBroadcast(const Broadcast& broadcast, const PairArguments<In, Out>& arguments,
                  const Parallel& parallel, Function f) {
  ForEachPairPiece(broadcast, Operands<In>{arguments.a, arguments.b}, 1 << 14, parallel,
                   [&](const Broadcast& part, Operands<In> in, int64_t out, RowRange rows) {
                     const int64_t length = part.extents[static_cast<size_t>(part.rank - 1)];
                     for (int64_t row = rows.first; row < rows.last; ++row) {
                       const PairOffset at = OffsetOfRow(part, row);
                       MapRow(part,
                              PairArguments<In, Out>{in.a + at.a, in.b + at.b,
                                                     arguments.output + out + row * length},
                              f);
                     }
                   });
}

}  // namespace brink::kernels
