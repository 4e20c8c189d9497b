// For tests: a model of one node, prepared and run as the engine would.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "brink/model/builder.h"
#include "brink/model/graph.h"
#include "brink/ops/op.h"

namespace brink::ops {

// Reads the first node of what `builder` made. Inputs with data are constants; `threads` is 1.
class OneNode {
 public:
  explicit OneNode(const model::ModelBuilder& builder);
  OneNode(const OneNode& other) = delete;
  OneNode& operator=(const OneNode& other) = delete;
  ~OneNode();

  NodeView& view() { return view_; }
  Result<Prepared> Prepare() const;
  // The message of the error that preparing gives, "" when it gives none.
  std::string Error() const;

  // Runs with these bytes for the inputs that are no constants; returns the outputs.
  Result<std::vector<Tensor>> Run(const std::vector<ConstTensorView>& inputs) const;

 private:
  const model::Node& Node() const;
  const Value& Get(int index) const;

  std::shared_ptr<const model::Model> model_;
  std::vector<Value> values_;
  const OpDef* op_;
  NodeView view_;
};

template <class T>
std::vector<T> Values(const Tensor& tensor) {
  return {tensor.as<T>().begin(), tensor.as<T>().end()};
}

template <class T>
Tensor Of(const Shape& shape, const std::vector<T>& values) {
  return Tensor::Of<T>(shape, values);
}

}  // namespace brink::ops
