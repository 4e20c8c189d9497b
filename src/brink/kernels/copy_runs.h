// Copies of many runs of a few vectors each. Only for this room's sources.
#pragma once

#include <cstddef>
#include <cstdint>

namespace brink::kernels {

// [rows, columns] runs of `bytes`; strides in bytes.
struct RunPlane {
  size_t bytes = 0;  // at least kLeastRun
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t from_row = 0;
  int64_t from_column = 0;
  int64_t to_row = 0;
  int64_t to_column = 0;
};

// A vector is no longer.
inline constexpr size_t kLeastRun = 64;
// From here on memcpy's call is hidden.
inline constexpr size_t kMostRun = 1024;

// `from` and `to` do not overlap.
using CopyRunsFunction = void (*)(const RunPlane& plane, const std::byte* from, std::byte* to);
CopyRunsFunction ChooseCopyRuns();

}  // namespace brink::kernels
