#include "brink/tensor/type.h"

#include <array>

namespace brink {
namespace {

struct TypeRow {
  std::string_view name;
  int bits;
};

constexpr std::array<TypeRow, kTypeCount> kTypes = {{
    {"FLOAT32", 32}, {"FLOAT16", 16},     {"INT32", 32},  {"UINT8", 8},      {"INT64", 64},
    {"STRING", 0},   {"BOOL", 8},         {"INT16", 16},  {"COMPLEX64", 64}, {"INT8", 8},
    {"FLOAT64", 64}, {"COMPLEX128", 128}, {"UINT64", 64}, {"RESOURCE", 0},   {"VARIANT", 0},
    {"UINT32", 32},  {"UINT16", 16},      {"INT4", 4},    {"BFLOAT16", 16},
}};

}  // namespace

std::string_view TypeName(Type type) {
  const auto index = static_cast<size_t>(type);
  return index < kTypes.size() ? kTypes[index].name : "UNKNOWN";
}

int TypeBits(Type type) {
  const auto index = static_cast<size_t>(type);
  return index < kTypes.size() ? kTypes[index].bits : 0;
}

}  // namespace brink
