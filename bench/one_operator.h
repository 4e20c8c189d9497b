// A model of one operator at the sizes that a benchmark wants, its constants made up.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "brink/model/builder.h"

namespace bench {

using brink::Quantization;
using brink::Shape;
using brink::Type;
using brink::model::ModelBuilder;
using brink::model::Options;
using brink::model::TensorDef;
using Dims = std::vector<int32_t>;

inline Shape ShapeOf(const Dims& dims) {
  return *Shape::Make(std::vector<int64_t>{dims.begin(), dims.end()});
}

inline Quantization ByteScale(float scale, int64_t zero_point) {
  Quantization q;
  q.scale = {scale};
  q.zero_point = {zero_point};
  return q;
}

inline Quantization ChannelScales(int32_t channels, int axis, float scale) {
  Quantization q;
  q.scale.assign(static_cast<size_t>(channels), scale);
  q.zero_point.assign(static_cast<size_t>(channels), 0);
  q.axis = axis;
  return q;
}

inline constexpr float kInputScale = .02F;
inline constexpr float kFilterScale = .01F;
inline Quantization InputScale() { return ByteScale(kInputScale, 3); }
inline Quantization OutputScale() { return ByteScale(.05F, -5); }
inline Quantization UnitScale() { return ByteScale(1.0F / 256, -128); }  // of [0, 1)

template <class T>
std::vector<T> Numbers(const Dims& dims) {
  static std::mt19937 random(1);
  std::vector<T> values(static_cast<size_t>(ShapeOf(dims).elements()));
  for (T& value : values) {
    if constexpr (std::is_same_v<T, float>) {
      value = std::uniform_real_distribution<float>(-.1F, .1F)(random);
    } else {
      value = static_cast<T>(random());
    }
  }
  return values;
}

// What the tensors are of.
enum class Kind {
  kFloat,
  kInt8,
  kHybrid,  // float32 with filters of int8, as dynamic-range quantisation leaves them
};

// A model of one operator: its tensors, then Make.
class OneOperator {
 public:
  explicit OneOperator(Kind kind) : is_int8_(kind == Kind::kInt8), kind_(kind) {}

  int Input(const Dims& shape, const std::string& name = "x") {
    return is_int8_ ? b_.Input(name, Type::kInt8, ShapeOf(shape), InputScale())
                    : b_.Input(name, Type::kFloat32, ShapeOf(shape));
  }
  int Constant(const Dims& shape, const Quantization& scale) {
    return is_int8_ ? b_.Constant("constant", ShapeOf(shape), Numbers<int8_t>(shape), scale)
                    : b_.Constant("constant", ShapeOf(shape), Numbers<float>(shape));
  }
  int Filter(const Dims& shape, int axis) {
    const Quantization scales = ChannelScales(shape[static_cast<size_t>(axis)], axis, kFilterScale);
    if (kind_ != Kind::kHybrid) return Constant(shape, scales);
    return b_.Constant("filter", ShapeOf(shape), Numbers<int8_t>(shape), scales);
  }
  int Bias(int32_t channels) {
    if (!is_int8_) return b_.Constant("bias", ShapeOf({channels}), Numbers<float>({channels}));
    return b_.Constant("bias", ShapeOf({channels}),
                       std::vector<int32_t>(static_cast<size_t>(channels), 7),
                       ChannelScales(channels, 0, kInputScale * kFilterScale));
  }
  int Integers(const std::string& name, const Dims& shape, const Dims& values) {
    return b_.Constant(name, ShapeOf(shape), values);
  }
  TensorDef Result(const Dims& shape, const Quantization& scale = OutputScale(),
                   const std::string& name = "y") const {
    TensorDef y{.name = name, .shape = shape};
    if (is_int8_) {
      y.type = Type::kInt8;
      y.quantization = scale;
    }
    return y;
  }
  // The operator, whose result is the model's output.
  void Make(std::string_view op, std::vector<int> inputs, TensorDef result,
            std::optional<Options> options = std::nullopt, int version = 1) {
    b_.Output(b_.Op(op, std::move(inputs), std::move(result), std::move(options)));
    b_.graph().nodes.back().version = version;
  }
  ModelBuilder& builder() { return b_; }

 private:
  bool is_int8_;
  Kind kind_;
  ModelBuilder b_;
};

}  // namespace bench
