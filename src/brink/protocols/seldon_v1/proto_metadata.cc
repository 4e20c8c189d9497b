#include "brink/protocols/seldon_v1/proto_metadata.h"

#include "brink/protocols/seldon_v1/proto_value.h"
#include "seldon/prediction.pb.h"

namespace brink::protocols::seldon_v1 {
namespace {

using seldon::protos::SeldonMessageMetadata;

// Calls use(T) with the member `key` when it is there and a T.
template <class T, class Use>
void With(const json::Object& object, std::string_view key, const Use& use) {
  const auto found = object.find(key);
  if (found == object.end()) return;
  if (const T* value = found->second.get<T>()) use(*value);
}

void TensorToProto(const json::Object& tensor, SeldonMessageMetadata& out) {
  With<std::string>(tensor, "messagetype", [&](const auto& text) { out.set_messagetype(text); });
  With<std::string>(tensor, "name", [&](const auto& text) { out.set_name(text); });
  With<std::string>(tensor, "datatype", [&](const auto& text) { out.set_datatype(text); });
  const auto schema = tensor.find("schema");
  if (schema != tensor.end()) ToProto(schema->second, *out.mutable_schema());
  With<json::Array>(tensor, "shape", [&](const auto& shape) {
    for (const json::Value& dim : shape) {
      if (const auto* extent = dim.get<int64_t>()) out.add_shape(*extent);
    }
  });
}

template <class Add>
void TensorsToProto(const json::Object& metadata, std::string_view key, const Add& add) {
  With<json::Array>(metadata, key, [&](const auto& tensors) {
    for (const json::Value& tensor : tensors) {
      if (const auto* object = tensor.get<json::Object>()) TensorToProto(*object, *add());
    }
  });
}

}  // namespace

std::string MetadataToProto(const json::Object& metadata) {
  seldon::protos::SeldonModelMetadata out;
  With<std::string>(metadata, "name", [&](const auto& text) { out.set_name(text); });
  With<std::string>(metadata, "platform", [&](const auto& text) { out.set_platform(text); });
  With<json::Array>(metadata, "versions", [&](const auto& versions) {
    for (const json::Value& version : versions) {
      if (const auto* text = version.get<std::string>()) out.add_versions(*text);
    }
  });
  TensorsToProto(metadata, "inputs", [&] { return out.add_inputs(); });
  TensorsToProto(metadata, "outputs", [&] { return out.add_outputs(); });
  With<json::Object>(metadata, "custom", [&](const auto& custom) {
    for (const auto& [key, value] : custom) {
      if (const auto* text = value.template get<std::string>())
        (*out.mutable_custom())[key] = *text;
    }
  });
  return out.SerializeAsString();
}

}  // namespace brink::protocols::seldon_v1
