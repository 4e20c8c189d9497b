// For tests: how many inputs and outputs an operator takes, and of which types.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "brink/engine/one_node_recipe.h"
#include "brink/engine/plan.h"
#include "brink/model/builder.h"
#include "brink/ops/op.h"

namespace brink::engine {

// How many tensors an operator takes, as its refusals tell, and its OpDef::types.
struct Arity {
  std::vector<Type> types;   // of what it works on
  std::vector<int> inputs;   // counts that it takes
  std::vector<int> outputs;  // counts with the first of them; where it cannot be told, 1

  static const Arity& Of(const ops::OpDef& op) {
    static std::map<const ops::OpDef*, Arity> known;
    const auto [at, is_new] = known.try_emplace(&op);
    if (is_new) at->second = Probe(op);
    return at->second;
  }

 private:
  static Arity Probe(const ops::OpDef& op) {
    Arity arity;
    for (int count = 0; count < 24; ++count) {
      if (Refusal(op, count, 1).find(" inputs, ") == std::string::npos) {
        arity.inputs.push_back(count);
        if (arity.inputs.size() == 6) break;
      }
    }
    for (int count = 1; count < 6 && !arity.inputs.empty(); ++count) {
      if (Refusal(op, arity.inputs[0], count).find(" outputs, ") == std::string::npos) {
        arity.outputs.push_back(count);
      }
    }
    arity.types = TypesOf(op);
    if (arity.inputs.empty()) arity.inputs = {1};
    if (arity.outputs.empty()) arity.outputs = {1};
    return arity;
  }

  static std::vector<Type> TypesOf(const ops::OpDef& op) {
    std::vector<Type> types;
    std::string_view rest = op.types.substr(0, op.types.find(';'));
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      if (const Type type = Recipe::TypeNamed(word); type != Type::kResource) types.push_back(type);
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    }
    return types;
  }

  static std::string Refusal(const ops::OpDef& op, int inputs, int outputs) {
    model::ModelBuilder builder;
    std::vector<int> in;
    std::vector<int> out;
    for (int i = 0; i < inputs; ++i)
      in.push_back(builder.Input("x" + std::to_string(i), Type::kFloat32, {1}));
    for (int i = 0; i < outputs; ++i)
      out.push_back(builder.Tensor("y" + std::to_string(i), Type::kFloat32, {1}));
    builder.Node(op.name, in, out, model::Options{});
    for (const int tensor : out) builder.Output(tensor);
    const auto model = model::ReadModel(builder.Build(), "probe");
    if (!model) return model.error().message;
    const auto plan = Plan::Build(*model);
    return plan ? "" : plan.error().message;
  }
};

}  // namespace brink::engine
