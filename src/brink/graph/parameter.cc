#include "brink/graph/parameter.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace brink::graph {
namespace {

struct TypeRow {
  ParameterType type;
  std::string_view name;
};
constexpr std::array<TypeRow, 5> kTypes = {{{ParameterType::kString, "STRING"},
                                            {ParameterType::kInt, "INT"},
                                            {ParameterType::kFloat, "FLOAT"},
                                            {ParameterType::kDouble, "DOUBLE"},
                                            {ParameterType::kBool, "BOOL"}}};

constexpr std::array<std::string_view, 6> kTrueWords = {"y", "yes", "t", "true", "on", "1"};
constexpr std::array<std::string_view, 6> kFalseWords = {"n", "no", "f", "false", "off", "0"};

template <class Words>
bool Contains(const Words& words, std::string_view text) {
  std::string lower(text.substr(0, 8));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(words.begin(), words.end(), lower) != words.end();
}

template <class Number>
bool IsWhole(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

bool Fits(std::string_view text, ParameterType type) {
  switch (type) {
    case ParameterType::kString:
      return true;
    case ParameterType::kInt:
      return IsWhole<int64_t>(text);
    case ParameterType::kFloat:
    case ParameterType::kDouble:
      return IsWhole<double>(text);
    case ParameterType::kBool:
      return Contains(kTrueWords, text) || Contains(kFalseWords, text);
  }
  return false;
}

}  // namespace

std::string_view ParameterTypeName(ParameterType type) {
  for (const TypeRow& row : kTypes) {
    if (row.type == type) return row.name;
  }
  return "STRING";
}

Result<ParameterType> ParseParameterType(std::string_view text) {
  for (const TypeRow& row : kTypes) {
    if (row.name == text) return row.type;
  }
  return Fail(Code::kInvalidArgument, "type '" + std::string(text.substr(0, 80)) +
                                          "': want STRING, INT, FLOAT, DOUBLE or BOOL");
}

Status CheckValue(std::string_view text, ParameterType type) {
  if (Fits(text, type)) return {};
  return Fail(Code::kInvalidArgument, "value '" + std::string(text.substr(0, 80)) + "' is no " +
                                          std::string(ParameterTypeName(type)));
}

bool BoolValue(std::string_view text) { return Contains(kTrueWords, text); }

}  // namespace brink::graph
