// What STABLEHLO_GATHER and STABLEHLO_SCATTER share: vectors of indices along one axis of a tensor,
// and lists of axes in their options.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

// The vectors lie along axis `vector_axis` of the indices; when that is their rank, each index is a
// vector of its own.
struct IndexVectors {
  Type type = Type::kInt32;
  std::vector<int64_t> batch;  // the other axes' extents
  int64_t length = 1;          // of a vector
  int64_t inner = 1;           // indices behind the vectors' axis

  int64_t count() const;  // of vectors
  // Element `i` of vector `number`, which counts over `batch`.
  int64_t At(const std::byte* indices, int64_t number, int64_t i) const;
};

// Input `i` is INT32 or INT64.
Result<IndexVectors> ReadIndexVectors(const NodeView& node, int i, int64_t vector_axis);

// Options field `field`: axes in [0, rank), each once; in rising order where `rises`.
Result<std::vector<int>> ReadAxes(const NodeView& node, int field, std::string_view name, int rank,
                                  bool rises);

}  // namespace brink::ops
