// Operators that only move elements: PAD, PADV2, CONCATENATION, SPLIT, slices of rows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "brink/kernels/parallel.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/tensor/shape.h"

namespace brink::kernels {

struct PadProblem {
  Shape input;
  std::array<int64_t, Shape::kMaxRank> before{};  // elements added before each axis, not negative
  std::array<int64_t, Shape::kMaxRank> after{};
  size_t element_bytes = 4;  // 1, 2, 4 or 8
};

// Fills with the element at `value` (element_bytes bytes). input and output do not overlap.
void Pad(const PadProblem& problem, const void* value, const void* input, void* output,
         const Parallel& parallel);

// Writes the element at `value` (element_bytes bytes, any number but 0) to `count` places in a row.
void FillElements(const void* value, size_t element_bytes, int64_t count, void* output,
                  const Parallel& parallel);

// Copies `rows` pieces of `row_bytes`. Concatenation along an axis copies each input with rows =
// the product of the axes before it and output_stride = a whole output row.
struct RowCopy {
  int64_t rows = 1;
  int64_t row_bytes = 0;
  int64_t input_stride = 0;          // bytes from row to row
  int64_t output_stride = 0;         // bytes from row to row
  const ByteTable* table = nullptr;  // applied to every byte when set
};
void CopyRows(const RowCopy& copy, const void* input, void* output, const Parallel& parallel);

}  // namespace brink::kernels
