// The element types that models and clients use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace brink {

// The order is TFLite's TensorType (schema.fbs), so a type byte of a model file is this enum's
// value.
enum class Type : uint8_t {
  kFloat32 = 0,
  kFloat16 = 1,
  kInt32 = 2,
  kUInt8 = 3,
  kInt64 = 4,
  kString = 5,
  kBool = 6,
  kInt16 = 7,
  kComplex64 = 8,
  kInt8 = 9,
  kFloat64 = 10,
  kComplex128 = 11,
  kUInt64 = 12,
  kResource = 13,
  kVariant = 14,
  kUInt32 = 15,
  kUInt16 = 16,
  kInt4 = 17,
  kBFloat16 = 18,
};
inline constexpr int kTypeCount = 19;

// TFLite's name: "FLOAT32".
std::string_view TypeName(Type type);

// Bits of one element; 0 for the types that have no fixed size (string, resource, variant).
int TypeBits(Type type);

// The C++ type's tag: TypeOf<float>() is kFloat32. bool is kBool.
template <class T>
constexpr Type TypeOf();
template <>
constexpr Type TypeOf<float>() {
  return Type::kFloat32;
}
template <>
constexpr Type TypeOf<double>() {
  return Type::kFloat64;
}
template <>
constexpr Type TypeOf<int8_t>() {
  return Type::kInt8;
}
template <>
constexpr Type TypeOf<uint8_t>() {
  return Type::kUInt8;
}
template <>
constexpr Type TypeOf<int16_t>() {
  return Type::kInt16;
}
template <>
constexpr Type TypeOf<uint16_t>() {
  return Type::kUInt16;
}
template <>
constexpr Type TypeOf<int32_t>() {
  return Type::kInt32;
}
template <>
constexpr Type TypeOf<uint32_t>() {
  return Type::kUInt32;
}
template <>
constexpr Type TypeOf<int64_t>() {
  return Type::kInt64;
}
template <>
constexpr Type TypeOf<uint64_t>() {
  return Type::kUInt64;
}
template <>
constexpr Type TypeOf<bool>() {
  return Type::kBool;
}

}  // namespace brink
