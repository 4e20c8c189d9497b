#include "brink/protocols/seldon_v1/metadata.h"

#include <array>
#include <string>
#include <utility>

#include "brink/base/yaml.h"

namespace brink::protocols::seldon_v1 {
namespace {

// Tensor types by the names of the Open Inference Protocol, which Seldon's metadata uses.
std::string_view Datatype(Type type) {
  switch (type) {
    case Type::kFloat16:
      return "FP16";
    case Type::kFloat32:
      return "FP32";
    case Type::kFloat64:
      return "FP64";
    case Type::kBFloat16:
      return "BF16";
    case Type::kString:
      return "BYTES";
    default:
      return TypeName(type);
  }
}

json::Value DescribeTensors(const std::vector<api::TensorDescription>& tensors) {
  json::Array list;
  for (const api::TensorDescription& tensor : tensors) {
    json::Array shape;
    for (const int64_t extent : tensor.shape.dims()) shape.push_back(extent);
    list.push_back(json::Object{
        {"name", tensor.name}, {"datatype", Datatype(tensor.type)}, {"shape", std::move(shape)}});
  }
  return list;
}

// YAML's plain scalars by the rules of its core schema, as far as metadata has them.
json::Value ScalarToJson(const yaml::Node& node) {
  if (node.quoted) return node.text;
  if (node.text == "true" || node.text == "false") return node.text == "true";
  if (node.text == "null" || node.text == "~") return nullptr;
  const auto number = json::Parse(node.text);
  return number && number->is_number() ? *number : json::Value(node.text);
}

json::Value YamlToJson(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::Node::Kind::kScalar:
      return ScalarToJson(node);
    case yaml::Node::Kind::kList: {
      json::Array list;
      for (const yaml::Node& item : node.items) list.push_back(YamlToJson(item));
      return list;
    }
    case yaml::Node::Kind::kMap: {
      json::Object object;
      for (const yaml::Entry& entry : node.entries) object[entry.key] = YamlToJson(entry.value);
      return object;
    }
    default:
      return nullptr;
  }
}

Result<json::Object> Overrides(const std::string& text) {
  if (text.empty()) return json::Object();
  auto node = yaml::Parse(text);
  if (!node) return Fail(Code::kInternal, "MODEL_METADATA: " + node.error().message);
  json::Value value = YamlToJson(*node);
  if (value.is_null()) return json::Object();
  auto* object = value.get<json::Object>();
  if (object == nullptr) return Fail(Code::kInternal, "MODEL_METADATA: a map is wanted");
  return std::move(*object);
}

bool IsListOf(const json::Value& value, bool (*fits)(const json::Value&)) {
  const auto* list = value.get<json::Array>();
  if (list == nullptr) return false;
  for (const json::Value& element : *list) {
    if (!fits(element)) return false;
  }
  return true;
}
bool IsText(const json::Value& value) { return value.is<std::string>(); }
bool IsObject(const json::Value& value) { return value.is<json::Object>(); }

struct Rule {
  std::string_view key;
  std::string_view wanted;
  bool (*fits)(const json::Value&);
};
constexpr std::array<Rule, 6> kRules = {{
    {"name", "text", IsText},
    {"versions", "a list of texts", [](const json::Value& v) { return IsListOf(v, IsText); }},
    {"platform", "text", IsText},
    {"inputs", "a list of objects", [](const json::Value& v) { return IsListOf(v, IsObject); }},
    {"outputs", "a list of objects", [](const json::Value& v) { return IsListOf(v, IsObject); }},
    {"custom", "an object", IsObject},
}};

json::Object Defaults(const api::ModelDescription& description, const SeldonOptions& options) {
  json::Array versions;
  for (const std::string& version : description.versions) versions.push_back(version);
  if (versions.empty()) versions.push_back(options.image_version);
  return {{"name", description.name.empty() ? options.image_name : description.name},
          {"versions", std::move(versions)},
          {"platform", description.platform},
          {"inputs", DescribeTensors(description.inputs)},
          {"outputs", DescribeTensors(description.outputs)},
          {"custom", json::Object()}};
}

}  // namespace

Result<json::Object> DescribeModel(const api::ModelDescription& description,
                                   const SeldonOptions& options) {
  json::Object metadata = Defaults(description, options);
  BRINK_ASSIGN(json::Object overrides, Overrides(options.model_metadata));
  for (const Rule& rule : kRules) {
    json::Value& value = metadata[std::string(rule.key)];
    const auto own = description.seldon_metadata.find(rule.key);
    if (own != description.seldon_metadata.end()) value = own->second;
    const auto replaced = overrides.find(rule.key);
    if (replaced != overrides.end()) value = std::move(replaced->second);
    if (!rule.fits(value)) {
      return Fail(Code::kInternal, "metadata: " + std::string(rule.key) + ": " +
                                       std::string(rule.wanted) + " is wanted");
    }
  }
  return metadata;
}

}  // namespace brink::protocols::seldon_v1
