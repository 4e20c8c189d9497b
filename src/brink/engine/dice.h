// For tests: what bytes that a fuzzer or a random generator gives decide.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "brink/model/builder.h"

namespace brink::engine {

// What decides: one byte after the other, zeros when they are used up.
class Dice {
 public:
  explicit Dice(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  int Byte() {
    if (bytes_.empty()) return 0;
    const int byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte;
  }
  int Below(int count) { return Byte() % count; }
  // True in `percent` of a hundred cases.
  bool Chance(int percent) { return Byte() * 100 / 256 < percent; }

  int64_t Size() {
    const int byte = Byte();
    if (byte < 216) return 1 + byte % 6;
    return byte < 240 ? 7 + byte % 30 : byte % 2;
  }

  brink::Shape Shape() {
    std::vector<int64_t> dims(static_cast<size_t>(Below(6)));
    int64_t elements = 1;
    for (int64_t& size : dims) {
      size = Size();
      if (elements * size > 4096) size = 1;
      elements *= size;
    }
    return brink::Shape::Make(std::span<const int64_t>(dims)).value();
  }

 private:
  std::span<const uint8_t> bytes_;
};

template <class T>
void Put(T value, std::byte* to) {
  std::memcpy(to, &value, sizeof(value));
}

inline void PutNumber(Type type, int value, std::byte* to) {
  switch (type) {
    case Type::kFloat32:
      return Put(static_cast<float>(value) / 4, to);
    case Type::kFloat64:
      return Put(static_cast<double>(value) / 4, to);
    case Type::kComplex64:
      Put(static_cast<float>(value), to);
      return Put(static_cast<float>(-value) / 2, to + sizeof(float));
    case Type::kFloat16:  // 1 to 2: exponent 15, what is below are its ten bits
      return Put(static_cast<uint16_t>(0x3C00 + (value + 8) * 32), to);
    case Type::kBool:
      return Put(static_cast<uint8_t>(value > 0), to);
    case Type::kInt8:
    case Type::kUInt8:
      return Put(static_cast<int8_t>(value * 7), to);
    case Type::kInt16:
    case Type::kUInt16:
      return Put(static_cast<int16_t>(value * 131), to);
    case Type::kInt64:
    case Type::kUInt64:
      return Put(static_cast<int64_t>(value), to);
    default:
      return Put(static_cast<int32_t>(value), to);
  }
}

// The bytes of a tensor: small numbers, or any.
inline std::vector<std::byte> MakeUpNumbers(const model::TensorDef& tensor, std::mt19937& random,
                                            bool small) {
  size_t elements = 1;
  for (const int32_t size : tensor.shape) elements *= static_cast<size_t>(size);
  if (tensor.type == Type::kString) {
    return elements == 0 ? std::vector<std::byte>()
                         : model::BytesOfStrings(std::vector<std::string>(elements, "brink"));
  }
  const auto bits = static_cast<size_t>(TypeBits(tensor.type));
  std::vector<std::byte> bytes((elements * bits + 7) / 8);
  if (!small || bits < 8) {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    return bytes;
  }
  const int lowest = random() % 2 == 0 ? 0 : -8;
  for (size_t i = 0; i < elements; ++i) {
    PutNumber(tensor.type, lowest + static_cast<int>(random() % 17), &bytes[i * bits / 8]);
  }
  return bytes;
}

}  // namespace brink::engine
