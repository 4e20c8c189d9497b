// For tests: one operator with its inputs, run as the engine would.
//
//   OpCall call("SLICE");
//   call.In<float>({3}, {1, 2, 3}).Constant<int32_t>({1}, {1}).Constant<int32_t>({1}, {2});
//   EXPECT_THAT(call.Out(Type::kFloat32).Floats(), ElementsAre(2, 3));
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "brink/ops/one_node.h"

namespace brink::ops {

class OpCall {
 public:
  explicit OpCall(std::string name, std::optional<model::Options> options = std::nullopt)
      : name_(std::move(name)), options_(std::move(options)) {}

  // An input that is known only at run time. `type`: bool and float16 come as their bits.
  template <class T>
  OpCall& In(const Shape& shape, const std::vector<T>& values, Quantization quantization = {},
             std::optional<Type> type = std::nullopt) {
    inputs_.push_back(builder_.Input("x" + std::to_string(inputs_.size()),
                                     type.value_or(TypeOf<T>()), shape, std::move(quantization)));
    tensors_.push_back(Of<T>(shape, values));
    return *this;
  }
  OpCall& InBool(const Shape& shape, const std::vector<uint8_t>& values) {
    return In<uint8_t>(shape, values, {}, Type::kBool);
  }
  template <class T>
  OpCall& Constant(const Shape& shape, const std::vector<T>& values,
                   const Quantization& quantization = {}) {
    inputs_.push_back(
        builder_.Constant("c" + std::to_string(inputs_.size()), shape, values, quantization));
    return *this;
  }
  OpCall& Absent() {
    inputs_.push_back(model::kAbsent);
    return *this;
  }
  OpCall& Out(Type type, Quantization quantization = {}) {
    outputs_.push_back(
        builder_.Tensor("y" + std::to_string(outputs_.size()), type, {1}, std::move(quantization)));
    return *this;
  }

  Result<std::vector<Tensor>> Run() {
    std::vector<ConstTensorView> views;
    for (const Tensor& tensor : tensors_) views.push_back(tensor.view());
    return Build().Run(views);
  }
  // The elements of an output; throws what the run fails with, which fails the test.
  template <class T>
  std::vector<T> Get(size_t output = 0) {
    const Result<std::vector<Tensor>> outputs = Run();
    if (!outputs) throw std::runtime_error(outputs.error().message);
    shape_ = (*outputs)[output].shape();
    return Values<T>((*outputs)[output]);
  }
  std::vector<float> Floats(size_t output = 0) { return Get<float>(output); }
  // Of the output that was got last.
  const Shape& shape() const { return shape_; }
  // The message with which preparing or running fails; "" when neither does.
  std::string Error() {
    const Result<std::vector<Tensor>> outputs = Run();
    return outputs ? "" : outputs.error().message;
  }
  OneNode Build() {
    model::ModelBuilder builder = builder_;
    builder.Node(name_, inputs_, outputs_, options_);
    for (const int output : outputs_) builder.Output(output);
    return OneNode(builder);
  }

 private:
  std::string name_;
  std::optional<model::Options> options_;
  model::ModelBuilder builder_;
  std::vector<int> inputs_;
  std::vector<int> outputs_;
  std::vector<Tensor> tensors_;
  Shape shape_;
};

}  // namespace brink::ops
