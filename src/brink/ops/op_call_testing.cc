#include "brink/ops/op_call_testing.h"

#include <stdexcept>

namespace brink::ops {

OpCall::OpCall(std::string name, std::optional<model::Options> options)
    : name_(std::move(name)), options_(std::move(options)) {}
OpCall::OpCall(OpCall&& other) noexcept = default;
OpCall& OpCall::operator=(OpCall&& other) noexcept = default;
OpCall::~OpCall() = default;

OpCall& OpCall::AddInput(Type type, Tensor tensor, Quantization quantization) {
  inputs_.push_back(builder_.Input("x" + std::to_string(inputs_.size()), type, tensor.shape(),
                                   std::move(quantization)));
  tensors_.push_back(std::move(tensor));
  return *this;
}

std::string OpCall::NextConstant() const { return "c" + std::to_string(inputs_.size()); }

OpCall& OpCall::Absent() {
  inputs_.push_back(model::kAbsent);
  return *this;
}

OpCall& OpCall::Out(Type type, Quantization quantization) {
  outputs_.push_back(
      builder_.Tensor("y" + std::to_string(outputs_.size()), type, {1}, std::move(quantization)));
  return *this;
}

Result<std::vector<Tensor>> OpCall::Run() const {
  std::vector<ConstTensorView> views;
  for (const Tensor& tensor : tensors_) views.push_back(tensor.view());
  return Build().Run(views);
}

Tensor OpCall::Got(size_t output) {
  Result<std::vector<Tensor>> outputs = Run();
  if (!outputs) throw std::runtime_error(outputs.error().message);
  shape_ = (*outputs)[output].shape();
  return std::move((*outputs)[output]);
}

std::string OpCall::Error() const {
  const Result<std::vector<Tensor>> outputs = Run();
  return outputs ? "" : outputs.error().message;
}

OneNode OpCall::Build() const {
  model::ModelBuilder builder = builder_;
  builder.Node(name_, inputs_, outputs_, options_);
  for (const int output : outputs_) builder.Output(output);
  return OneNode(builder);
}

}  // namespace brink::ops
