#include "brink/kernels/full_table.h"

#include <algorithm>

#include "brink/kernels/pieces.h"

namespace brink::kernels {

FullTable MakeFullTable(const std::function<int32_t(int32_t)>& function) {
  FullTable table(size_t{1} << 16);
  for (int32_t value = INT16_MIN; value <= INT16_MAX; ++value) {
    table[static_cast<uint16_t>(value)] =
        static_cast<int16_t>(std::clamp(function(value), INT16_MIN, INT16_MAX));
  }
  return table;
}

void ApplyTable(const FullTable& table, const ShortArguments& arguments, const Parallel& parallel) {
  ForEachPiece(arguments.count, 1 << 14, parallel, [&](int64_t begin, int64_t count) {
    for (int64_t i = begin; i < begin + count; ++i)
      arguments.output[i] = table[static_cast<uint16_t>(arguments.input[i])];
  });
}

}  // namespace brink::kernels
