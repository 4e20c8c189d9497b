#include "brink/vision/card_fields.h"

#include <cmath>

namespace brink::vision {
namespace {

std::string Plain(double number) {
  std::string text = std::to_string(number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

Result<float> ReadFloat(const yaml::Node& node, const std::string& where, const Range& range) {
  const size_t slash = node.quoted ? std::string::npos : node.text.find('/');
  double value = 0;
  if (slash != std::string::npos) {
    yaml::Node part{.kind = node.kind, .line = node.line, .text = node.text.substr(0, slash)};
    const auto upper = yaml::AsNumber(part, where);
    part.text = node.text.substr(slash + 1);
    const auto lower = yaml::AsNumber(part, where);
    if (!upper || !lower || *lower == 0)
      return yaml::Unfit(node, where, "a number or a fraction of two");
    value = *upper / *lower;
  } else {
    BRINK_ASSIGN(value, yaml::AsNumber(node, where));
  }
  const bool inside =
      (range.open_low ? value > range.low : value >= range.low) && value <= range.high;
  if (!inside || !std::isfinite(static_cast<float>(value))) {
    return yaml::Unfit(node, where,
                       "a number " + std::string(range.open_low ? "above " : "from ") +
                           Plain(range.low) + " to " + Plain(range.high));
  }
  return static_cast<float>(value);
}

Result<int> ReadInt(const yaml::Node& node, const std::string& where, int low, int high) {
  BRINK_ASSIGN(const int64_t value, yaml::AsInt(node, where));
  if (value < low || value > high) {
    return yaml::Unfit(node, where,
                       "an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return static_cast<int>(value);
}

Status CheckList(const yaml::Node& node, const std::string& where, size_t max) {
  const bool fits =
      node.kind == yaml::Node::Kind::kList && !node.items.empty() && node.items.size() <= max;
  if (!fits) return yaml::Unfit(node, where, "a list of 1 to " + std::to_string(max));
  return {};
}

Result<std::vector<float>> ReadFloats(const yaml::Node& node, const std::string& where,
                                      const Range& range) {
  BRINK_TRY(CheckList(node, where, kMaxListed));
  std::vector<float> values;
  for (const yaml::Node& item : node.items) {
    BRINK_ASSIGN(values.emplace_back(), ReadFloat(item, where, range));
  }
  return values;
}

Status TakeFloat(yaml::MapReader& map, const char* key, const Range& range, float& value) {
  if (const auto* node = map.Take(key)) {
    BRINK_ASSIGN(value, ReadFloat(*node, map.Path(key), range));
  }
  return {};
}

Status TakeInt(yaml::MapReader& map, const char* key, int low, int high, int& value) {
  if (const auto* node = map.Take(key)) {
    BRINK_ASSIGN(value, ReadInt(*node, map.Path(key), low, high));
  }
  return {};
}

Status TakeBool(yaml::MapReader& map, const char* key, bool& value) {
  if (const auto* node = map.Take(key)) {
    BRINK_ASSIGN(value, yaml::AsBool(*node, map.Path(key)));
  }
  return {};
}

Status TakeText(yaml::MapReader& map, const char* key, std::string& value) {
  if (const auto* node = map.Take(key)) {
    BRINK_ASSIGN(value, yaml::AsText(*node, map.Path(key)));
  }
  return {};
}

Status NeedText(yaml::MapReader& map, const char* key, std::string& value) {
  BRINK_ASSIGN(const auto* node, map.Need(key));
  BRINK_ASSIGN(value, yaml::AsText(*node, map.Path(key)));
  return {};
}

}  // namespace brink::vision
