#include "brink/kernels/copy.h"

#include <cstring>

#include "brink/kernels/reference/copy.h"

namespace brink::kernels {

void Pad(const PadProblem& problem, const void* value, const void* input, void* output,
         const Parallel&) {
  reference::Pad(problem, value, input, output);
}

void CopyRows(const RowCopy& copy, const void* input, void* output, const Parallel&) {
  const auto* in = static_cast<const uint8_t*>(input);
  auto* out = static_cast<uint8_t*>(output);
  for (int64_t row = 0; row < copy.rows; ++row) {
    if (copy.table == nullptr) {
      std::memcpy(out, in, static_cast<size_t>(copy.row_bytes));
    } else {
      ApplyTable(*copy.table, {in, out, copy.row_bytes}, {});
    }
    in += copy.input_stride;
    out += copy.output_stride;
  }
}

}  // namespace brink::kernels
