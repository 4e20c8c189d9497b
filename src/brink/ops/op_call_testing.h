// For tests: one operator with its inputs, run as the engine would.
//
//   OpCall call("SLICE");
//   call.In<float>({3}, {1, 2, 3}).Constant<int32_t>({1}, {1}).Constant<int32_t>({1}, {2});
//   EXPECT_THAT(call.Out(Type::kFloat32).Floats(), ElementsAreArray({2, 3}));
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "brink/ops/one_node_testing.h"

namespace brink::ops {

// Its code is compiled once, not in every test that calls it.
class OpCall {
 public:
  explicit OpCall(std::string name, std::optional<model::Options> options = std::nullopt);
  OpCall(const OpCall& other) = delete;
  OpCall& operator=(const OpCall& other) = delete;
  OpCall(OpCall&& other) noexcept;
  OpCall& operator=(OpCall&& other) noexcept;
  ~OpCall();

  // An input that is known only at run time. `type`: bool and float16 come as their bits.
  template <class T>
  OpCall& In(const Shape& shape, const std::vector<T>& values,
             const Quantization& quantization = {}, std::optional<Type> type = std::nullopt) {
    return AddInput(type.value_or(TypeOf<T>()), Of<T>(shape, values), quantization);
  }
  OpCall& InBool(const Shape& shape, const std::vector<uint8_t>& values) {
    return In<uint8_t>(shape, values, {}, Type::kBool);
  }
  template <class T>
  OpCall& Constant(const Shape& shape, const std::vector<T>& values,
                   const Quantization& quantization = {}) {
    inputs_.push_back(builder_.Constant(NextConstant(), shape, values, quantization));
    return *this;
  }
  OpCall& Absent();
  OpCall& Out(Type type, Quantization quantization = {});

  Result<std::vector<Tensor>> Run() const;
  // The elements of an output; throws what the run fails with, which fails the test.
  template <class T>
  std::vector<T> Get(size_t output = 0) {
    return Values<T>(Got(output));
  }
  std::vector<float> Floats(size_t output = 0) { return Get<float>(output); }
  // Of the output that was got last.
  const Shape& shape() const { return shape_; }
  // The message with which preparing or running fails; "" when neither does.
  std::string Error() const;
  OneNode Build() const;

 private:
  OpCall& AddInput(Type type, Tensor tensor, Quantization quantization);
  std::string NextConstant() const;
  Tensor Got(size_t output);

  std::string name_;
  std::optional<model::Options> options_;
  model::ModelBuilder builder_;
  std::vector<int> inputs_;
  std::vector<int> outputs_;
  std::vector<Tensor> tensors_;
  Shape shape_;
};

}  // namespace brink::ops
