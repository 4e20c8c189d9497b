#include "arrays.h"

#include "brink/api/convert.h"
#include "brink/api/ndarray.h"
#include "brink/base/json.h"

namespace brink::testing {

api::Payload FromJson(std::string_view json) {
  return api::FromNested(json::Parse(json, {.allow_nan = true}).value()).value();
}

api::Payload OneTensor(Tensor tensor) {
  api::Tensors tensors;
  tensors.items.push_back({.name = "", .tensor = std::move(tensor)});
  return tensors;
}

const Tensor* TensorOf(const api::Payload& payload) {
  const auto* tensors = std::get_if<api::Tensors>(&payload);
  return tensors != nullptr && tensors->items.size() == 1 ? &tensors->items[0].tensor : nullptr;
}

Result<Tensor> Doubles(const api::Payload& payload) {
  return api::ToTensor(payload, Type::kFloat64);
}

double SizeOf(const api::Payload& payload) {
  if (const Tensor* tensor = TensorOf(payload)) {
    return static_cast<double>(tensor->shape().elements());
  }
  if (const auto* objects = std::get_if<api::Objects>(&payload)) {
    return static_cast<double>(api::NestedShape(objects->nested).elements());
  }
  return 0;
}

}  // namespace brink::testing
