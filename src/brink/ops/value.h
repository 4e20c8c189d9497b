// A tensor while a model is planned: what operators know of their inputs and outputs.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "brink/model/graph.h"
#include "brink/tensor/quantization.h"
#include "brink/tensor/shape.h"
#include "brink/tensor/tensor.h"
#include "brink/tensor/type.h"

namespace brink::ops {

// Scales of blocks of a constant (TFLite's BlockwiseQuantization): one a block of `size` elements
// along the last axis.
struct BlockScales {
  int32_t size = 0;
  Type type = Type::kFloat16;  // of `scales`
  std::span<const std::byte> scales;
  Type zero_type = Type::kInt32;
  std::span<const std::byte> zero_points;  // empty: none
};

// Writes all bytes of a constant that is computed.
using LateBytes = std::function<void(std::byte* to)>;

struct Value {
  std::string_view name;  // of the model's tensor: lives as long as the model
  Type type = Type::kFloat32;
  Shape shape;  // of an output: as the file says until the operator that makes it is prepared
  QuantizationView quantization;
  bool is_constant = false;
  bool is_variable = false;  // a session's state: steps may write it, see Buffers::state
  bool is_dynamic = false;   // its shape is known only when a session runs
  const model::Sparsity* sparsity = nullptr;  // of a constant in TFLite's sparse format
  std::shared_ptr<const BlockScales> blocks;  // few tensors have them
  // A constant's bytes, aligned to 16 bytes at least. Of kString: an array of std::string. Of
  // kResource: the number of the variable as int32.
  std::span<const std::byte> data;
  std::shared_ptr<const Tensor>
      owner;  // keeps `data` when it was computed; null when it lies in the model's file
  // In place of `data`, for OpDef::late_input alone: computed each time that weights are packed of
  // it, so that it takes no memory before and after, and no time where packed ones are at hand.
  std::shared_ptr<const LateBytes> late;

  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data.data()), data.size() / sizeof(T)};
  }
  // In a session's arena; 0 for what lies elsewhere: strings, and what has no shape yet.
  int64_t bytes() const { return is_dynamic ? 0 : PackedBytes(type, shape.elements()); }
};

}  // namespace brink::ops
