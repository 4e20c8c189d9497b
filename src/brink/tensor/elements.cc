#include "brink/tensor/elements.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace brink {

TensorView ElementsOf(Tensor& tensor) {
  if (tensor.type() != Type::kString) return tensor.view();
  return {tensor.type(), tensor.shape(), std::as_writable_bytes(std::span(tensor.strings()))};
}

ConstTensorView ElementsOf(const Tensor& tensor) {
  if (tensor.type() != Type::kString) return tensor.view();
  return {tensor.type(), tensor.shape(), std::as_bytes(std::span(tensor.strings()))};
}

Tensor CopyOf(const ConstTensorView& view) {
  Tensor copy(view.type, view.shape);
  CopyElements(view, ElementsOf(copy));
  return copy;
}

void CopyElements(const ConstTensorView& from, const TensorView& to) {
  assert(from.type == to.type && from.bytes.size() == to.bytes.size());
  if (from.type == Type::kString) {
    std::ranges::copy(from.as<std::string>(), to.as<std::string>().begin());
  } else if (!from.bytes.empty()) {
    std::memcpy(to.bytes.data(), from.bytes.data(), from.bytes.size());
  }
}

}  // namespace brink
