#include "brink/protocols/open_inference/datatype.h"

#include <array>
#include <utility>

namespace brink::protocols::open_inference {
namespace {

constexpr std::array<std::pair<std::string_view, Type>, 14> kDatatypes{{
    {"BOOL", Type::kBool},
    {"UINT8", Type::kUInt8},
    {"UINT16", Type::kUInt16},
    {"UINT32", Type::kUInt32},
    {"UINT64", Type::kUInt64},
    {"INT8", Type::kInt8},
    {"INT16", Type::kInt16},
    {"INT32", Type::kInt32},
    {"INT64", Type::kInt64},
    {"FP16", Type::kFloat16},
    {"BF16", Type::kBFloat16},
    {"FP32", Type::kFloat32},
    {"FP64", Type::kFloat64},
    {"BYTES", Type::kString},
}};

}  // namespace

std::string_view DatatypeName(Type type) {
  for (const auto& [name, one] : kDatatypes) {
    if (one == type) return name;
  }
  return {};
}

std::optional<Type> TypeOfDatatype(std::string_view name) {
  for (const auto& [known, type] : kDatatypes) {
    if (known == name) return type;
  }
  return std::nullopt;
}

}  // namespace brink::protocols::open_inference
