// For tests: bytes that a fuzzer or a random generator gives become a node of any operator.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "brink/engine/arity.h"
#include "brink/engine/dice.h"
#include "brink/engine/one_node_model.h"
#include "brink/engine/one_node_recipe.h"
#include "brink/model/builder.h"
#include "brink/ops/op.h"

namespace brink::engine {

class OneNodeCase {
 public:
  OneNodeCase(const ops::OpDef& op, std::span<const uint8_t> bytes)
      : op_(op), dice_(bytes), model_{.op = op} {
    model_.tame = dice_.Chance(80);
    const std::vector<Recipe>& recipes = Recipe::Of(op.name);
    if (!recipes.empty() && dice_.Chance(85)) {
      Follow(PickOf(recipes));
    } else {
      PickAll(Arity::Of(op));
    }
    model_.version = dice_.Chance(80) ? op.max_version : 1 + dice_.Below(op.max_version);
  }

  const OneNodeModel& model() const { return model_; }

 private:
  using Input = OneNodeModel::Input;

  void PickAll(const Arity& arity) {
    main_type_ = arity.types.empty() || !dice_.Chance(90) ? PickType() : PickOf(arity.types);
    for (Shape& shape : shapes_) shape = dice_.Shape();
    const int inputs = PickCount(arity.inputs);
    for (int i = 0; i < inputs; ++i) AddInput(i);
    const int outputs = PickCount(arity.outputs);
    for (int i = 0; i < outputs; ++i) {
      model_.outputs.push_back(PickTensor("y" + std::to_string(i)));
    }
    PickOptions();
  }

  // A recipe with a size changed wherever it stands, with options, constants and types changed now
  // and then.
  void Follow(const Recipe& recipe) {
    const int old_size = dice_.Chance(60) ? 1 + dice_.Below(9) : 0;
    const int new_size = static_cast<int>(dice_.Size());
    const auto make = [&](const RecipeTensor& tensor, const std::string& name) {
      model::TensorDef made{.name = name, .type = tensor.type, .shape = tensor.shape};
      for (int32_t& size : made.shape) {
        if (size == old_size && tensor.values.empty()) size = new_size;
      }
      if (dice_.Chance(3)) made.type = PickType();
      if (TypeBits(made.type) <= 16 && made.type != Type::kBool) PickQuantization(made);
      return made;
    };
    for (const RecipeTensor& tensor : recipe.inputs) {
      Input input;
      input.tensor = make(tensor, "x" + std::to_string(model_.inputs.size()));
      input.tensor.is_variable = tensor.variable;
      input.absent = tensor.absent;
      input.constant = tensor.constant != dice_.Chance(8) && !tensor.variable;
      GiveNumbers(input, tensor.values);
      model_.inputs.push_back(std::move(input));
    }
    for (const RecipeTensor& tensor : recipe.outputs) {
      model_.outputs.push_back(make(tensor, "y" + std::to_string(model_.outputs.size())));
    }
    model_.options = recipe.options;
    for (model::Option& option : *model_.options) {
      if (!dice_.Chance(12)) continue;
      if (auto* byte = std::get_if<int8_t>(&option.value))
        *byte = static_cast<int8_t>(dice_.Below(6));
      if (auto* flag = std::get_if<bool>(&option.value)) *flag = !*flag;
      if (auto* number = std::get_if<int32_t>(&option.value)) *number = dice_.Below(7) - 1;
    }
  }

  void GiveNumbers(Input& input, const std::vector<int64_t>& values) {
    std::mt19937 random(static_cast<uint32_t>(dice_.Byte()));
    input.numbers = MakeUpNumbers(input.tensor, random, model_.tame || !input.constant);
    const bool wide = input.tensor.type == Type::kInt64;
    if (!wide && input.tensor.type != Type::kInt32) return;
    const size_t bytes = wide ? sizeof(int64_t) : sizeof(int32_t);
    for (size_t i = 0; i < values.size() && (i + 1) * bytes <= input.numbers.size(); ++i) {
      PutNumber(input.tensor.type, static_cast<int>(values[i]) + (dice_.Chance(3) ? 1 : 0),
                &input.numbers[i * bytes]);
    }
  }

  template <class T>
  const T& PickOf(const std::vector<T>& choices) {
    return choices[static_cast<size_t>(dice_.Byte()) % choices.size()];
  }

  // One of the counts, or now and then another.
  int PickCount(const std::vector<int>& counts) {
    return dice_.Chance(97) ? PickOf(counts) : dice_.Below(6);
  }

  Type PickType() {
    static constexpr Type kTypes[] = {
        Type::kFloat32, Type::kInt8, Type::kUInt8,   Type::kInt16,  Type::kInt32,
        Type::kInt64,   Type::kBool, Type::kFloat16, Type::kString, Type::kComplex64,
        Type::kUInt32,  Type::kInt4, Type::kFloat64};
    return kTypes[dice_.Below(static_cast<int>(std::size(kTypes)))];
  }

  // What the tensors of a node share: the type mostly, the shape often.
  model::TensorDef PickTensor(std::string name) {
    model::TensorDef tensor;
    tensor.name = std::move(name);
    const int type = dice_.Byte();
    tensor.type = type < 190 ? main_type_ : type < 240 ? Type::kInt32 : PickType();
    const int form = dice_.Byte();
    Shape shape = shapes_[form < 150 ? 0 : static_cast<size_t>(form) % shapes_.size()];
    if (form >= 245) {
      shape = Shape{};
    } else if (form >= 190) {
      const int rank = shapes_[0].rank();  // permutations, sizes, paddings
      shape = form < 215 ? Shape{rank} : form < 225 ? Shape{rank, 2} : Shape{dice_.Size()};
    }
    for (const int64_t size : shape.dims()) tensor.shape.push_back(static_cast<int32_t>(size));
    if (TypeBits(tensor.type) <= 16 && tensor.type != Type::kBool && dice_.Chance(95)) {
      PickQuantization(tensor);
    }
    return tensor;
  }

  void PickQuantization(model::TensorDef& tensor) {
    Quantization& quantization = tensor.quantization;
    const int form = dice_.Byte();
    const bool by_channel = form < 64 && !tensor.shape.empty();
    if (by_channel) quantization.axis = form % static_cast<int>(tensor.shape.size());
    const int count = by_channel ? tensor.shape[static_cast<size_t>(quantization.axis)] : 1;
    const int scale = dice_.Byte();
    const int zero = by_channel || tensor.type == Type::kInt16 ? 0 : dice_.Below(32) - 16;
    for (int i = 0; i < count; ++i) {
      quantization.scale.push_back(
          std::ldexp(1.0F + static_cast<float>((scale + i) % 16) / 16, -(scale % 9)));
      quantization.zero_point.push_back(tensor.type == Type::kUInt8 ? zero + 128 : zero);
    }
  }

  void AddInput(int index) {
    Input input;
    const int kind = dice_.Byte();
    input.absent = kind >= 240;
    input.constant = kind >= 110 && kind < 225;
    input.tensor = PickTensor("x" + std::to_string(index));
    input.tensor.is_variable = kind >= 225 && kind < 240;
    std::mt19937 random(static_cast<uint32_t>(dice_.Byte()));
    input.numbers = MakeUpNumbers(input.tensor, random, model_.tame || !input.constant);
    if (input.constant && input.numbers.empty()) input.constant = false;
    if (input.tensor.type == Type::kInt4) input.absent = input.absent || !input.constant;
    model_.inputs.push_back(std::move(input));
  }

  void PickOptions() {
    const int count = dice_.Below(16);
    if (count == 15) return;  // a table that is absent
    model_.options.emplace();
    for (int field = 0; field < count; ++field) {
      const int kind = dice_.Byte();
      const int value = dice_.Byte();
      if (kind < 100) {
        model_.options->push_back({field, static_cast<int8_t>(value % 5)});
      } else if (kind < 180) {
        model_.options->push_back(
            {field, static_cast<int32_t>(value < 250 ? value % 7 - 1 : 1 << 30)});
      } else if (kind < 200) {
        model_.options->push_back({field, static_cast<float>(value % 9) / 4});
      } else if (kind < 215) {
        model_.options->push_back(
            {field, std::vector<int64_t>(static_cast<size_t>(value % 5), value % 3)});
      }
    }
    if (op_.code != model::kCustomCode) return;
    model_.options.reset();
    model_.custom_options.resize(static_cast<size_t>(dice_.Below(64)));
    for (std::byte& byte : model_.custom_options) byte = static_cast<std::byte>(dice_.Byte());
  }

  const ops::OpDef& op_;
  Dice dice_;
  OneNodeModel model_;
  Type main_type_ = Type::kFloat32;
  std::vector<Shape> shapes_ = std::vector<Shape>(3);
};

}  // namespace brink::engine
