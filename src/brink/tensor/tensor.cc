#include "brink/tensor/tensor.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

namespace brink {

Tensor::Tensor(Type type, Shape shape) : type_(type), shape_(shape) {
  assert(shape.known());
  size_ = static_cast<size_t>(PackedBytes(type, shape.elements()));
  const size_t padded =
      (std::max<size_t>(size_, 1) + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
  data_.reset(static_cast<std::byte*>(std::aligned_alloc(kTensorAlignment, padded)));
  if (!data_) throw std::bad_alloc();
  if (type == Type::kString) strings_.resize(static_cast<size_t>(shape.elements()));
}

Tensor::Tensor(Shape shape, std::vector<std::string> strings)
    : type_(Type::kString), shape_(shape), strings_(std::move(strings)) {
  assert(static_cast<size_t>(shape.elements()) == strings_.size());
}

Tensor Tensor::Clone() const {
  if (type_ == Type::kString) return Tensor(shape_, strings_);
  Tensor copy(type_, shape_);
  if (size_ > 0) std::memcpy(copy.data_.get(), data_.get(), size_);
  return copy;
}

Tensor Tensor::Reshaped(Shape shape) && {
  assert(shape.elements() == shape_.elements());
  Tensor moved = std::move(*this);
  moved.shape_ = shape;
  return moved;
}

}  // namespace brink
