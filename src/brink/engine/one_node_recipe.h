// For tests: reads a line of one_node_recipes.h.
#pragma once

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "brink/engine/one_node_recipes.h"
#include "brink/model/builder.h"

namespace brink::engine {

struct RecipeTensor {
  Type type = Type::kFloat32;
  std::vector<int32_t> shape;
  std::vector<int64_t> values;  // none: made up
  bool absent = false;
  bool constant = false;
  bool variable = false;
};

struct Recipe {
  std::vector<RecipeTensor> inputs;
  std::vector<RecipeTensor> outputs;
  model::Options options;

  // Those of an operator.
  static const std::vector<Recipe>& Of(std::string_view op) {
    static const auto all = [] {
      std::map<std::string, std::vector<Recipe>, std::less<>> recipes;
      for (const std::string_view line : kRecipes) {
        const size_t colon = line.find(':');
        recipes[std::string(line.substr(0, colon))].push_back(Read(line.substr(colon + 1)));
      }
      return recipes;
    }();
    static const std::vector<Recipe> none;
    const auto at = all.find(op);
    return at == all.end() ? none : at->second;
  }

 private:
  static Recipe Read(std::string_view text) {
    Recipe recipe;
    std::istringstream words{std::string(text)};
    std::string word;
    std::vector<RecipeTensor>* tensors = &recipe.inputs;
    bool options = false;
    while (words >> word) {
      if (word == "->") {
        tensors = &recipe.outputs;
      } else if (word == "|") {
        options = true;
      } else if (options) {
        recipe.options.push_back(ReadOption(word));
      } else {
        const bool several = word.size() > 1 && word[1] == '*';
        const int count = several ? word[0] - '0' : 1;
        tensors->insert(tensors->end(), static_cast<size_t>(count),
                        ReadTensor(several ? word.substr(2) : word));
      }
    }
    return recipe;
  }

  static model::Option ReadOption(const std::string& word) {
    const size_t colon = word.find(':');
    const int field = std::atoi(word.c_str());
    const char* value = word.c_str() + colon + 2;
    switch (word[colon + 1]) {
      case 'b':
        return {field, static_cast<int8_t>(std::atoi(value))};
      case 'f':
        return {field, std::strtof(value, nullptr)};
      case 'l':
        return {field, std::atoi(value) != 0};
      default:
        return {field, static_cast<int32_t>(std::atoi(value))};
    }
  }

  static RecipeTensor ReadTensor(const std::string& word) {
    RecipeTensor tensor;
    if (word == "_") {
      tensor.absent = true;
      return tensor;
    }
    tensor.type = TypeNamed(word.substr(0, word.find_first_of("[{!?")));
    tensor.constant = word.find('!') != std::string::npos;
    tensor.variable = word.find('?') != std::string::npos;
    for (const int64_t value : Numbers(word, '{')) tensor.values.push_back(value);
    for (const int64_t size : Numbers(word, '['))
      tensor.shape.push_back(static_cast<int32_t>(size));
    if (word.find('[') == std::string::npos) {
      tensor.shape = {static_cast<int32_t>(tensor.values.size())};
    }
    return tensor;
  }

  static std::vector<int64_t> Numbers(const std::string& word, char open) {
    std::vector<int64_t> numbers;
    const size_t at = word.find(open);
    if (at == std::string::npos) return numbers;
    const char* next = word.c_str() + at + 1;
    char* end = nullptr;
    for (int64_t number = std::strtoll(next, &end, 10); end != next;
         number = std::strtoll(next, &end, 10)) {
      numbers.push_back(number);
      next = *end == ',' ? end + 1 : end;
    }
    return numbers;
  }

 public:
  // "i8": as OpDef::types says it.
  static Type TypeNamed(std::string_view name) {
    static const std::map<std::string_view, Type> names = {
        {"f32", Type::kFloat32},  {"f16", Type::kFloat16}, {"f64", Type::kFloat64},
        {"i4", Type::kInt4},      {"i8", Type::kInt8},     {"u8", Type::kUInt8},
        {"i16", Type::kInt16},    {"i32", Type::kInt32},   {"u32", Type::kUInt32},
        {"i64", Type::kInt64},    {"bool", Type::kBool},   {"c64", Type::kComplex64},
        {"string", Type::kString}};
    const auto at = names.find(name);
    return at == names.end() ? Type::kResource : at->second;
  }
};

}  // namespace brink::engine
