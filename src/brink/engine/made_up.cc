#include "brink/engine/made_up.h"

#include "brink/tensor/elements.h"

namespace brink::engine {
namespace {

void MakeUp(Tensor& tensor, std::mt19937& random) {
  switch (tensor.type()) {
    case Type::kFloat32:
      for (float& value : tensor.as<float>()) value = static_cast<float>(random() >> 8) * 0x1p-24F;
      break;
    case Type::kInt32:
      for (int32_t& value : tensor.as<int32_t>()) value = static_cast<int32_t>(random() % 8);
      break;
    case Type::kInt64:
      for (int64_t& value : tensor.as<int64_t>()) value = static_cast<int64_t>(random() % 8);
      break;
    case Type::kBool:
      for (std::byte& value : tensor.bytes()) value = static_cast<std::byte>(random() % 2);
      break;
    case Type::kString:
      for (std::string& text : tensor.strings())
        text.assign(1 + random() % 4, static_cast<char>('a' + random() % 26));
      break;
    default:
      for (std::byte& value : tensor.bytes()) value = static_cast<std::byte>(random());
  }
}

}  // namespace

std::vector<Tensor> MakeUpInputs(const Plan& plan, std::mt19937& random) {
  std::vector<Tensor> tensors;
  for (const TensorSpec& spec : plan.inputs()) {
    MakeUp(tensors.emplace_back(spec.type, spec.shape), random);
  }
  return tensors;
}

void SetInputs(const std::vector<Tensor>& inputs, Session& session) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    CopyElements(ElementsOf(inputs[i]), session.input(static_cast<int>(i)));
  }
}

}  // namespace brink::engine
