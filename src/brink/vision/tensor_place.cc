#include "brink/vision/tensor_place.h"

#include <algorithm>

namespace brink::vision {
namespace {

// A server that tells of its model may give it any number of tensors.
constexpr size_t kLongestList = 1000;

std::string Listed(std::span<const std::string> names) {
  std::string listed;
  for (const std::string& name : names) {
    listed += (listed.empty() ? "" : ", ") + name;
    if (listed.size() > kLongestList) return listed + "...";
  }
  return listed;
}

}  // namespace

Result<size_t> PlaceOf(std::span<const std::string> names, const std::string& name,
                       const std::string& what) {
  if (name.empty() && names.size() == 1) return size_t{0};
  if (name.empty()) {
    return Fail(Code::kFailedPrecondition, "the card must name the " + what + ", the model has " +
                                               std::to_string(names.size()) + ": " + Listed(names));
  }
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  return Fail(Code::kNotFound, "the card's " + what + " '" + name +
                                   "' is not there, the model has: " + Listed(names));
}

Status CheckOnlyInput(std::span<const std::string> inputs) {
  if (inputs.size() <= 1) return {};
  return Fail(Code::kFailedPrecondition,
              "a picture fills one input, the model has " + Listed(inputs));
}

}  // namespace brink::vision
