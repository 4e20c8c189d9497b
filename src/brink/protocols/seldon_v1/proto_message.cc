#include "brink/protocols/seldon_v1/proto_message.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "brink/api/convert.h"
#include "brink/protocols/seldon_v1/limits.h"
#include "brink/protocols/seldon_v1/proto_tftensor.h"
#include "brink/protocols/seldon_v1/proto_value.h"

namespace brink::protocols::seldon_v1 {
namespace {

using seldon::protos::DefaultData;
using seldon::protos::SeldonMessage;

api::Payload OneTensor(Tensor tensor) {
  api::Tensors tensors;
  tensors.items.push_back({"", std::move(tensor)});
  return tensors;
}

Result<api::Payload> FromTensor(const seldon::protos::Tensor& proto) {
  auto shape = Shape::Make(
      std::span<const int32_t>(proto.shape().data(), static_cast<size_t>(proto.shape_size())));
  if (!shape) return Fail(shape.error().Within("data.tensor"));
  if (!shape->known() || shape->rank() == 0 || shape->elements() != proto.values_size()) {
    return Fail(Code::kInvalidArgument,
                "data.tensor: " + std::to_string(proto.values_size()) + " values, shape " +
                    shape->ToString() + " wants " +
                    (shape->known() && shape->rank() > 0 ? std::to_string(shape->elements())
                                                         : "its dimensions to be given"));
  }
  if (auto small = CheckEmptyShape(*shape); !small) {
    return Fail(small.error().Within("data.tensor"));
  }
  return OneTensor(Tensor::Of<double>(
      *shape,
      std::span<const double>(proto.values().data(), static_cast<size_t>(proto.values_size()))));
}

Result<api::Payload> ArrayOf(const DefaultData& data) {
  switch (data.data_oneof_case()) {
    case DefaultData::kTensor:
      return FromTensor(data.tensor());
    case DefaultData::kNdarray:
      return ArrayFromProto(data.ndarray());
    case DefaultData::kTftensor: {
      BRINK_ASSIGN(Tensor tensor, TensorFromProto(data.tftensor()));
      return OneTensor(std::move(tensor));
    }
    case DefaultData::DATA_ONEOF_NOT_SET:
      break;
  }
  return OneTensor(Tensor(Type::kFloat64, {0}));  // `data` without a form is an empty array
}

Result<api::Payload> FromData(const DefaultData& data) {
  BRINK_ASSIGN(api::Payload payload, ArrayOf(data));
  std::vector<std::string> columns(data.names().begin(), data.names().end());
  if (auto* tensors = std::get_if<api::Tensors>(&payload))
    tensors->columns = std::move(columns);
  else if (auto* objects = std::get_if<api::Objects>(&payload))
    objects->columns = std::move(columns);
  return payload;
}

DataForm FormOf(const SeldonMessage& proto) {
  if (proto.data_oneof_case() != SeldonMessage::kData) return DataForm::kNone;
  switch (proto.data().data_oneof_case()) {
    case DefaultData::kTensor:
      return DataForm::kTensor;
    case DefaultData::kTftensor:
      return DataForm::kTftensor;
    case DefaultData::kNdarray:
    case DefaultData::DATA_ONEOF_NOT_SET:
      break;
  }
  return DataForm::kNdarray;
}

Result<api::Payload> PayloadFromProto(const SeldonMessage& proto) {
  switch (proto.data_oneof_case()) {
    case SeldonMessage::kData:
      return FromData(proto.data());
    case SeldonMessage::kBinData:
      return api::Bytes{proto.bindata()};
    case SeldonMessage::kStrData:
      return api::Text{proto.strdata()};
    case SeldonMessage::kJsonData:
      return FromProto(proto.jsondata());
    case SeldonMessage::kCustomData:
      return api::Any{proto.customdata().type_url(), proto.customdata().value()};
    case SeldonMessage::DATA_ONEOF_NOT_SET:
      break;
  }
  return api::Payload();
}

api::Meta MetaFromProto(const seldon::protos::Meta& proto) {
  api::Meta meta;
  meta.puid = proto.puid();
  for (const auto& [key, value] : proto.tags()) meta.tags.emplace(key, FromProto(value));
  meta.routing = {proto.routing().begin(), proto.routing().end()};
  meta.request_path = {proto.requestpath().begin(), proto.requestpath().end()};
  for (const auto& metric : proto.metrics()) {
    // The enum's numbers are the proto's; one that is not known counts as the first, as protobuf's
    // JSON does.
    const int kind = metric.type() >= 0 && metric.type() <= 2 ? metric.type() : 0;
    meta.metrics.push_back({metric.key(),
                            static_cast<api::Metric::Kind>(kind),
                            static_cast<double>(metric.value()),
                            {metric.tags().begin(), metric.tags().end()}});
  }
  return meta;
}

void MetaToProto(const api::Meta& meta, seldon::protos::Meta& out) {
  out.set_puid(meta.puid);
  for (const auto& [key, value] : meta.tags) ToProto(value, (*out.mutable_tags())[key]);
  for (const auto& [key, value] : meta.routing) (*out.mutable_routing())[key] = value;
  for (const auto& [key, value] : meta.request_path) (*out.mutable_requestpath())[key] = value;
  for (const auto& metric : meta.metrics) {
    auto& proto = *out.add_metrics();
    proto.set_key(metric.key);
    proto.set_type(static_cast<seldon::protos::Metric::MetricType>(metric.kind));
    proto.set_value(static_cast<float>(metric.value));
    for (const auto& [key, value] : metric.tags) (*proto.mutable_tags())[key] = value;
  }
}

bool IsNumeric(Type type) { return type != Type::kString && type != Type::kBool; }

Status WriteTensor(const Tensor& tensor, seldon::protos::Tensor& out) {
  for (const int64_t dim : tensor.shape().dims()) out.add_shape(static_cast<int32_t>(dim));
  auto& values = *out.mutable_values();
  const int64_t elements = tensor.shape().elements();
  values.Reserve(static_cast<int>(elements));
  if (tensor.type() == Type::kFloat32) {
    for (const float value : tensor.as<float>())
      values.AddAlreadyReserved(static_cast<double>(value));
    return {};
  }
  BRINK_ASSIGN(const Tensor doubles, api::Convert(tensor, Type::kFloat64));
  for (const double value : doubles.as<double>()) values.AddAlreadyReserved(value);
  return {};
}

void WriteNames(const WireAnswer& answer, DefaultData& out) {
  for (const auto& name : answer.names) out.add_names(name);
  for (int64_t i = 0; i < answer.generated_names; ++i) out.add_names("t:" + std::to_string(i));
}

// Texts are an ndarray, as Seldon's wrapper answers them; other strings only a tftensor can hold.
Status WriteArray(const Tensor& tensor, DataForm form, DefaultData& out) {
  if (tensor.type() == Type::kString && !AreTexts(tensor))
    return TensorToProto(tensor, *out.mutable_tftensor());
  if (!IsNumeric(tensor.type()) || form == DataForm::kNdarray)
    return ArrayToProto(tensor, *out.mutable_ndarray());
  if (form == DataForm::kTftensor) return TensorToProto(tensor, *out.mutable_tftensor());
  return WriteTensor(tensor, *out.mutable_tensor());
}

struct PayloadWriter {
  const WireAnswer& answer;
  SeldonMessage& out;

  Status operator()(const std::monostate&) const { return {}; }
  Status operator()(const api::Tensors& tensors) const {
    if (tensors.items.size() != 1)
      return Fail(Code::kInternal, "an answer's data is not one tensor");
    WriteNames(answer, *out.mutable_data());
    return WriteArray(tensors.items[0].tensor, answer.form, *out.mutable_data());
  }
  Status operator()(const api::Objects& objects) const {
    WriteNames(answer, *out.mutable_data());
    return ArrayToProto(objects, *out.mutable_data()->mutable_ndarray());
  }
  Status operator()(const api::Bytes& bytes) const {
    out.set_bindata(bytes.bytes);
    return {};
  }
  Status operator()(const api::Text& text) const {
    out.set_strdata(text.text);
    return {};
  }
  Status operator()(const json::Value& value) const {
    ToProto(value, *out.mutable_jsondata());
    return {};
  }
  Status operator()(const api::Any& any) const {
    out.mutable_customdata()->set_type_url(any.type_url);
    out.mutable_customdata()->set_value(any.bytes);
    return {};
  }
};

}  // namespace

Result<WireMessage> MessageFromProto(const SeldonMessage& proto) {
  WireMessage decoded;
  decoded.form = FormOf(proto);
  if (proto.has_meta()) decoded.message.meta = MetaFromProto(proto.meta());
  BRINK_ASSIGN(decoded.message.payload, PayloadFromProto(proto));
  return decoded;
}

Status AnswerToProto(const WireAnswer& answer, SeldonMessage& out) {
  MetaToProto(answer.message.meta,
              *out.mutable_meta());  // present even when empty, as the Python server sends it
  return std::visit(PayloadWriter{answer, out}, answer.message.payload);
}

}  // namespace brink::protocols::seldon_v1
