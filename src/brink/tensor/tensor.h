// Tensors: an owning Tensor for what enters and leaves, a TensorView for what lies in somebody
// else's memory.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "brink/tensor/shape.h"
#include "brink/tensor/type.h"

namespace brink {

// Arena and tensor memory is aligned so that the widest vector load of any target is aligned.
inline constexpr size_t kTensorAlignment = 64;

// Somebody else's bytes with a type and a shape, row-major, densely packed. Cheap to copy. Byte is
// std::byte or const std::byte. The owner outlives the view.
template <class Byte>
struct BasicTensorView {
  Type type = Type::kFloat32;
  Shape shape;
  std::span<Byte> bytes;

  template <class T>
  auto as() const {
    using Element = std::conditional_t<std::is_const_v<Byte>, const T, T>;
    return std::span<Element>(reinterpret_cast<Element*>(bytes.data()), bytes.size() / sizeof(T));
  }
  operator BasicTensorView<const std::byte>()
      const  // NOLINT(google-explicit-constructor): const is always safe
      requires(!std::is_const_v<Byte>) {
    return {type, shape, bytes};
  }
};
using TensorView = BasicTensorView<std::byte>;
using ConstTensorView = BasicTensorView<const std::byte>;

// An owning tensor, row-major, densely packed, aligned to kTensorAlignment. Move-only; Clone()
// copies. A kString tensor keeps its elements in strings() and has no bytes.
class Tensor {
 public:
  Tensor() = default;
  // Uninitialised memory; `shape` is known (asserted).
  Tensor(Type type, Shape shape);
  Tensor(Shape shape, std::vector<std::string> strings);
  Tensor(Tensor&&) = default;
  Tensor& operator=(Tensor&&) = default;

  // A tensor of T with these values; values.size() is shape.elements() (asserted).
  template <class T>
  static Tensor Of(Shape shape, std::span<const T> values) {
    Tensor tensor(TypeOf<T>(), shape);
    std::copy(values.begin(), values.end(), tensor.template as<T>().begin());
    return tensor;
  }

  [[nodiscard]] Tensor Clone() const;
  // The same elements under another shape of as many elements (asserted).
  [[nodiscard]] Tensor Reshaped(Shape shape) &&;

  Type type() const { return type_; }
  const Shape& shape() const { return shape_; }
  std::span<std::byte> bytes() { return {data_.get(), size_}; }
  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
  const std::vector<std::string>& strings() const { return strings_; }
  std::vector<std::string>& strings() { return strings_; }

  template <class T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(data_.get()), size_ / sizeof(T)};
  }
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data_.get()), size_ / sizeof(T)};
  }
  TensorView view() { return {type_, shape_, bytes()}; }
  ConstTensorView view() const { return {type_, shape_, bytes()}; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const { std::free(bytes); }
  };
  Type type_ = Type::kFloat32;
  Shape shape_{0};
  size_t size_ = 0;
  std::unique_ptr<std::byte[], Free> data_;
  std::vector<std::string> strings_;
};

}  // namespace brink
