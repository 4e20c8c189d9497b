#include "brink/model/flex_map.h"

// Its locale lives in libflatbuffers, which is not linked; strings are not read as numbers here.
#define FLATBUFFERS_LOCALE_INDEPENDENT 0
#include <flatbuffers/flexbuffers.h>

#include <cmath>
#include <cstring>

namespace brink::model {
namespace {

constexpr size_t kMostNumbers = 1 << 20;
constexpr size_t kMostBytes = size_t{1} << 24;

std::vector<double> NumbersOf(const flexbuffers::Reference& reference) {
  std::vector<double> numbers;
  const auto append = [&](const auto& vector) {
    for (size_t i = 0; i < vector.size(); ++i) numbers.push_back(vector[i].AsDouble());
  };
  if (reference.IsTypedVector()) {
    append(reference.AsTypedVector());
  } else if (reference.IsFixedTypedVector()) {
    append(reference.AsFixedTypedVector());
  } else {
    append(reference.AsVector());
  }
  return numbers;
}

size_t Length(const flexbuffers::Reference& reference) {
  if (reference.IsTypedVector()) return reference.AsTypedVector().size();
  if (reference.IsFixedTypedVector()) return reference.AsFixedTypedVector().size();
  return reference.IsVector() ? reference.AsVector().size() : 1;
}

bool IsVector(const flexbuffers::Reference& reference) {
  return reference.IsTypedVector() || reference.IsFixedTypedVector() ||
         (reference.IsVector() && !reference.IsMap());
}

}  // namespace

Result<FlexMap> FlexMap::Read(std::span<const std::byte> bytes) {
  if (bytes.size() < 3 || bytes.size() > kMostBytes) {
    return Fail(Code::kInvalidArgument,
                "options of " + std::to_string(bytes.size()) + " bytes are no flexbuffer");
  }
  // Values are aligned to the start of the buffer, which may lie anywhere in the file. The verifier
  // does not look for the zero that ends a key (VerifyKey in flatbuffers 22), so one stands behind.
  std::vector<uint64_t> aligned(bytes.size() / 8 + 1);
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  const auto* data = reinterpret_cast<const uint8_t*>(aligned.data());
  std::vector<uint8_t> tracker;
  if (!flexbuffers::VerifyBuffer(data, bytes.size(), &tracker)) {
    return Fail(Code::kDataLoss, "options are a corrupt flexbuffer");
  }
  const flexbuffers::Reference root = flexbuffers::GetRoot(data, bytes.size());
  if (!root.IsMap()) return Fail(Code::kInvalidArgument, "options are a flexbuffer without a map");
  const flexbuffers::Map map = root.AsMap();
  const flexbuffers::TypedVector keys = map.Keys();
  const flexbuffers::Vector values = map.Values();
  FlexMap result;
  size_t total = 0;
  for (size_t i = 0; i < std::min(keys.size(), values.size()); ++i) {
    const flexbuffers::Reference value = values[i];
    const bool is_vector = IsVector(value);
    if (!is_vector && !value.IsNumeric() && !value.IsBool()) continue;
    total += 1 + Length(value);
    if (total > kMostNumbers) {
      return Fail(Code::kResourceExhausted, "options hold more than a million numbers");
    }
    result.values_[keys[i].AsKey()] = {
        is_vector, is_vector ? NumbersOf(value)
                             : std::vector<double>{value.IsBool() ? (value.AsBool() ? 1.0 : 0.0)
                                                                  : value.AsDouble()}};
  }
  return result;
}

std::vector<std::byte> WriteFlexMap(const std::map<std::string, std::vector<double>>& entries) {
  flexbuffers::Builder builder;
  builder.Map([&] {
    for (const auto& [name, numbers] : entries) {
      if (numbers.size() == 1) {
        builder.Double(name.c_str(), numbers[0]);
      } else {
        builder.TypedVector(name.c_str(), [&, &numbers = numbers] {
          for (const double number : numbers) builder.Double(number);
        });
      }
    }
  });
  builder.Finish();
  const auto bytes = std::as_bytes(std::span(builder.GetBuffer()));
  return {bytes.begin(), bytes.end()};
}

std::optional<double> FlexMap::Number(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end() || found->second.is_vector) return std::nullopt;
  return found->second.numbers[0];
}

std::optional<int32_t> FlexMap::Int(std::string_view key) const {
  const std::optional<double> number = Number(key);
  if (!number || !(std::abs(*number) < 2147483648.0) || std::trunc(*number) != *number) {
    return std::nullopt;
  }
  return static_cast<int32_t>(*number);
}

std::vector<double> FlexMap::Numbers(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end() || !found->second.is_vector) return {};
  return found->second.numbers;
}

}  // namespace brink::model
