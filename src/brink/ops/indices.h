// What operators share that read by indices which only a run knows.
#pragma once

#include <cstdint>
#include <string>

#include "brink/base/result.h"
#include "brink/ops/op.h"

namespace brink::ops {

// `index` of an input's elements, which are int16, int32 or int64.
inline int64_t IndexAt(Type type, const std::byte* indices, int64_t index) {
  switch (type) {
    case Type::kInt16:
      return reinterpret_cast<const int16_t*>(indices)[index];
    case Type::kInt32:
      return reinterpret_cast<const int32_t*>(indices)[index];
    default:
      return reinterpret_cast<const int64_t*>(indices)[index];
  }
}

inline tl::unexpected<Error> IndexOutOfRange(int64_t index, int64_t extent) {
  return Fail(Code::kInvalidArgument,
              "index " + std::to_string(index) + " of an axis of " + std::to_string(extent));
}

}  // namespace brink::ops
