// Picks the instance of a template that an element type needs.
#pragma once

#include <cstdint>

#include "brink/tensor/type.h"

namespace brink::ops {

// make(T{}) for the C++ type of `type`, which is FLOAT32, INT8, UINT8 or BOOL, INT16, INT32 or else
// INT64.
template <class Make>
auto OfType(Type type, Make make) {
  switch (type) {
    case Type::kFloat32:
      return make(float{});
    case Type::kInt8:
      return make(int8_t{});
    case Type::kUInt8:
    case Type::kBool:
      return make(uint8_t{});
    case Type::kInt16:
      return make(int16_t{});
    case Type::kInt32:
      return make(int32_t{});
    default:
      return make(int64_t{});
  }
}

}  // namespace brink::ops
