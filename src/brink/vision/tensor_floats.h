// A model's output as floats, whatever it is stored as.
#pragma once

#include <span>
#include <vector>

#include "brink/base/result.h"
#include "brink/tensor/quantization.h"
#include "brink/tensor/tensor.h"

namespace brink::vision {

// Float values with the shape that they came in. Those of a float32 tensor stay where they are, so
// it must outlive this.
struct TensorFloats {
  Shape shape;
  std::span<const float> values;
  std::vector<float> converted;  // what `values` looks at when the tensor was not float32

  TensorFloats() = default;
  TensorFloats(TensorFloats&&) = default;  // a moved vector keeps its place
  TensorFloats& operator=(TensorFloats&&) = default;
};

// Whether ReadFloats can read such a tensor: float32, or int8, uint8 or int16 with one scale for
// all.
Status CheckFloats(Type type, const Quantization& quantization);
Result<TensorFloats> ReadFloats(const ConstTensorView& tensor, const Quantization& quantization);

}  // namespace brink::vision
