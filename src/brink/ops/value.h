// A tensor while a model is planned: what operators know of their inputs and outputs.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "brink/tensor/quantization.h"
#include "brink/tensor/shape.h"
#include "brink/tensor/tensor.h"
#include "brink/tensor/type.h"

namespace brink::ops {

struct Value {
  std::string name;
  Type type = Type::kFloat32;
  Shape shape;  // of an output: as the file says until the operator that makes it is prepared
  Quantization quantization;
  bool is_constant = false;
  bool is_variable = false;
  bool is_sparse = false;  // a constant in TFLite's sparse format, which only DENSIFY reads
  std::span<const std::byte> data;  // a constant's bytes, aligned to 16 bytes at least
  std::shared_ptr<const Tensor>
      owner;  // keeps `data` when it was computed; null when it lies in the model's file

  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data.data()), data.size() / sizeof(T)};
  }
  int64_t bytes() const { return PackedBytes(type, shape.elements()); }
};

}  // namespace brink::ops
