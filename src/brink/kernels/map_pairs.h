// The loops of elementwise operators with two broadcast inputs of any type. Only for this room's
// sources.
#pragma once

#include <cstdint>

#include "brink/kernels/broadcast.h"
#include "brink/kernels/parallel.h"
#include "brink/kernels/pieces.h"

namespace brink::kernels {

// output = f(a, b) for each element. The output may be the memory of an input of its type that does
// not stretch.
template <class In, class Out>
struct PairArguments {
  const In* a = nullptr;
  const In* b = nullptr;
  Out* output = nullptr;
};

// Loops of their own for what stretches let the compiler use vectors.
template <class In, class Out, class Function>
void MapBroadcast(const Broadcast& broadcast, const PairArguments<In, Out>& arguments,
                  const Parallel& parallel, Function f) {
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  const bool a_stretches = broadcast.a_strides[inner] == 0;
  const bool b_stretches = broadcast.b_strides[inner] == 0;
  ForEachRowPiece(broadcast, 1 << 14, parallel,
                  [&](const Broadcast& part, PairOffset at, RowRange rows) {
                    const int64_t length = part.extents[inner];
                    for (int64_t row = rows.first; row < rows.last; ++row) {
                      const PairOffset offset = OffsetOfRow(part, row);
                      const In* a = arguments.a + at.a + offset.a;
                      const In* b = arguments.b + at.b + offset.b;
                      Out* output = arguments.output + at.output + row * length;
                      if (a_stretches) {
                        const In x = *a;
                        for (int64_t i = 0; i < length; ++i)
                          output[i] = f(x, b_stretches ? *b : b[i]);
                      } else if (b_stretches) {
                        const In y = *b;
                        for (int64_t i = 0; i < length; ++i) output[i] = f(a[i], y);
                      } else {
                        for (int64_t i = 0; i < length; ++i) output[i] = f(a[i], b[i]);
                      }
                    }
                  });
}

}  // namespace brink::kernels
