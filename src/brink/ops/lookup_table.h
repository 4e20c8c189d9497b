// What a HASHTABLE keeps in a session: 64-bit numbers by strings or strings by 64-bit numbers, set
// once.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "brink/tensor/type.h"

namespace brink::ops {

struct LookupTable {
  bool is_set = false;
  Type key = Type::kInt64;  // or kString; the values are of the other type
  std::unordered_map<int64_t, std::string> strings;
  std::unordered_map<std::string, int64_t> numbers;
};

}  // namespace brink::ops
