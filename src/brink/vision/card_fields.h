// Values of a card's YAML within their limits: what both halves of its parser read with.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/base/yaml.h"

namespace brink::vision {

inline constexpr size_t kMaxListed = 64;  // feature maps, sizes, ratios

struct Range {
  double low;
  double high;
  bool open_low = false;  // `low` itself is out
};

// All errors are kInvalidArgument and name the line, `where` and what was expected.

// A number or a fraction of two: "1/255".
Result<float> ReadFloat(const yaml::Node& node, const std::string& where, const Range& range);
Result<int> ReadInt(const yaml::Node& node, const std::string& where, int low, int high);
// Whether it is a list of 1 to `max` items.
Status CheckList(const yaml::Node& node, const std::string& where, size_t max);
Result<std::vector<float>> ReadFloats(const yaml::Node& node, const std::string& where,
                                      const Range& range);

// The value of a key where the map has it; else `value` stays.
Status TakeFloat(yaml::MapReader& map, const char* key, const Range& range, float& value);
Status TakeInt(yaml::MapReader& map, const char* key, int low, int high, int& value);
Status TakeBool(yaml::MapReader& map, const char* key, bool& value);
Status TakeText(yaml::MapReader& map, const char* key, std::string& value);
Status NeedText(yaml::MapReader& map, const char* key, std::string& value);

}  // namespace brink::vision
