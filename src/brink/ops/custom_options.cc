#include "brink/ops/custom_options.h"

#include <cmath>

namespace brink::ops {

Result<model::FlexMap> ReadFlexOptions(const NodeView& node) {
  Result<model::FlexMap> options = model::FlexMap::Read(node.custom_options);
  if (!options) return node.Fail(options.error().code, options.error().message);
  return options;
}

Result<int32_t> FlexInt(const NodeView& node, const model::FlexMap& options, std::string_view key,
                        int32_t low, int32_t high) {
  const std::optional<int32_t> value = options.Int(key);
  if (value && *value >= low && *value <= high) return *value;
  return node.Invalid("options: " + std::string(key) + " is " +
                      (value ? std::to_string(*value) : "missing") + ", wanted " +
                      std::to_string(low) + " to " + std::to_string(high));
}

Result<float> FlexFloat(const NodeView& node, const model::FlexMap& options, std::string_view key) {
  const std::optional<double> value = options.Number(key);
  if (value && std::isfinite(static_cast<float>(*value))) return static_cast<float>(*value);
  return node.Invalid("options: " + std::string(key) + (value ? " is not finite" : " is missing"));
}

}  // namespace brink::ops
