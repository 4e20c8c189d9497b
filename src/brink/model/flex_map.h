// The options of a custom operator where they are a flexbuffer: a map from names to numbers. What
// else a flexbuffer can hold is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"

namespace brink::model {

class FlexMap {
 public:
  // Fails when the bytes are no flexbuffer, its root is no map, or it unfolds to more than a
  // million numbers.
  static Result<FlexMap> Read(std::span<const std::byte> bytes);

  bool has(std::string_view key) const { return values_.find(key) != values_.end(); }
  // A number or bool; nothing when it is absent or something else.
  std::optional<double> Number(std::string_view key) const;
  // As Number, when it is whole and fits an int32.
  std::optional<int32_t> Int(std::string_view key) const;
  // The numbers of a vector; empty when it is absent or something else.
  std::vector<double> Numbers(std::string_view key) const;

 private:
  struct Entry {
    bool is_vector = false;
    std::vector<double> numbers;  // one unless it is a vector
  };
  std::map<std::string, Entry, std::less<>> values_;
};

// A flexbuffer that holds these: a number, or a vector of several.
std::vector<std::byte> WriteFlexMap(const std::map<std::string, std::vector<double>>& entries);

}  // namespace brink::model
