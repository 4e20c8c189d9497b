// For tests: a node with its tensors and their numbers, as a model in which what is constant is so,
// or comes as an input.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "brink/engine/session.h"
#include "brink/model/builder.h"
#include "brink/ops/op.h"

namespace brink::engine {

struct OneNodeModel {
  struct Input {
    model::TensorDef tensor;
    std::vector<std::byte> numbers;
    bool absent = false;
    bool constant = false;
  };

  const ops::OpDef& op;
  std::vector<Input> inputs;
  std::vector<model::TensorDef> outputs;
  std::optional<model::Options> options;
  std::vector<std::byte> custom_options;
  int version = 1;
  // Numbers are so small that they lose nothing by the order in which they are added.
  bool tame = true;

  // Whether a second form of the same node exists, in which constants come as inputs.
  bool has_constants() const {
    return std::any_of(inputs.begin(), inputs.end(), [](const Input& i) { return i.constant; });
  }

  // The model; with `constants` false what is constant otherwise is an input with the same numbers.
  std::vector<std::byte> Build(bool constants) const {
    model::ModelBuilder builder;
    std::vector<int> in;
    for (const Input& input : inputs) in.push_back(Add(builder, input, constants));
    std::vector<int> out;
    for (const model::TensorDef& output : outputs) out.push_back(builder.Add(output));
    model::NodeDef& node = builder.Node(op.name, in, out, options);
    node.version = version;
    node.custom_options = custom_options;
    for (const int output : out) builder.Output(output);
    return builder.Build();
  }

  // Gives the session's inputs their numbers; `constants` as in Build.
  void Fill(Session& session, bool constants) const {
    int index = 0;
    for (const Input& input : inputs) {
      if (input.absent || input.tensor.is_variable || (constants && input.constant)) continue;
      const TensorView view = session.input(index++);
      if (view.type == Type::kString) {
        for (std::string& text : view.as<std::string>()) text = "brink";
        continue;
      }
      const size_t bytes = std::min(view.bytes.size(), input.numbers.size());
      if (bytes != 0) std::memcpy(view.bytes.data(), input.numbers.data(), bytes);
    }
  }

 private:
  int Add(model::ModelBuilder& builder, const Input& input, bool constants) const {
    if (input.absent) return model::kAbsent;
    model::TensorDef tensor = input.tensor;
    const bool is_constant = input.constant && constants;
    if (is_constant) tensor.data = input.numbers;
    const bool is_input = !is_constant && !tensor.is_variable;
    const int index = builder.Add(std::move(tensor));
    if (is_input) builder.graph().inputs.push_back(index);
    return index;
  }
};

}  // namespace brink::engine
