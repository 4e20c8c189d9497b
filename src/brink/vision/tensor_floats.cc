#include "brink/vision/tensor_floats.h"

#include <string>

namespace brink::vision {
namespace {

template <class Integer>
std::vector<float> Dequantise(std::span<const Integer> stored, const Quantization& quantization) {
  const float scale = quantization.scale[0];
  const auto zero = static_cast<float>(quantization.zero_point[0]);
  std::vector<float> values(stored.size());
  for (size_t k = 0; k < stored.size(); ++k)
    values[k] = scale * (static_cast<float>(stored[k]) - zero);
  return values;
}

}  // namespace

Status CheckFloats(Type type, const Quantization& quantization) {
  if (type == Type::kFloat32) return {};
  const bool integer = type == Type::kInt8 || type == Type::kUInt8 || type == Type::kInt16;
  if (integer && quantization.scale.size() == 1 && quantization.zero_point.size() == 1) return {};
  return Fail(Code::kFailedPrecondition,
              "expected FLOAT32, or INT8, UINT8 or INT16 with one scale, got " +
                  std::string(TypeName(type)) + " with " +
                  std::to_string(quantization.scale.size()) + " scales");
}

Result<TensorFloats> ReadFloats(const ConstTensorView& tensor, const Quantization& quantization) {
  BRINK_TRY(CheckFloats(tensor.type, quantization));
  TensorFloats floats;
  floats.shape = tensor.shape;
  if (tensor.type == Type::kFloat32) {
    floats.values = tensor.as<float>();
    return floats;
  }
  if (tensor.type == Type::kInt8) {
    floats.converted = Dequantise(tensor.as<int8_t>(), quantization);
  } else if (tensor.type == Type::kUInt8) {
    floats.converted = Dequantise(tensor.as<uint8_t>(), quantization);
  } else {
    floats.converted = Dequantise(tensor.as<int16_t>(), quantization);
  }
  floats.values = floats.converted;
  return floats;
}

}  // namespace brink::vision
