#include "brink/protocols/seldon_v1/encode.h"

#include <cmath>
#include <utility>

#include "brink/base/base64.h"
#include "brink/base/json.h"
#include "brink/protocols/seldon_v1/array_writer.h"
#include "brink/protocols/seldon_v1/tensor_proto_json.h"

namespace brink::protocols::seldon_v1 {
namespace {

constexpr json::WriteOptions kWrite{.ascii = true, .allow_nan = true};

// Every number as a double, as google.protobuf.Value has only those.
json::Value WithDoubles(const json::Value& value) {
  if (value.is_number()) return value.ToDouble();
  if (const auto* array = value.get<json::Array>()) {
    json::Array doubles;
    for (const json::Value& element : *array) doubles.push_back(WithDoubles(element));
    return doubles;
  }
  if (const auto* object = value.get<json::Object>()) {
    json::Object doubles;
    for (const auto& [key, element] : *object) doubles.emplace(key, WithDoubles(element));
    return doubles;
  }
  return value;
}

class Encoder {
 public:
  Encoder(const WireAnswer& answer, Style style)
      : answer_(answer), protobuf_(style == Style::kProtobuf) {}

  Result<std::string> Encode() {
    // The members in the order of their keys: binData, data, jsonData, meta, strData.
    const api::Payload& payload = answer_.message.payload;
    out_ = "{";
    if (const auto* bytes = std::get_if<api::Bytes>(&payload)) {
      out_ += "\"binData\":\"";
      base64::Append(out_, bytes->bytes);
      out_ += "\",";
    } else if (std::holds_alternative<api::Tensors>(payload) ||
               std::holds_alternative<api::Objects>(payload)) {
      BRINK_TRY(Data());
      out_ += ",";
    } else if (const auto* value = std::get_if<json::Value>(&payload)) {
      out_ += "\"jsonData\":";
      Value(*value);
      out_ += ",";
    }
    Meta();
    if (const auto* text = std::get_if<api::Text>(&payload)) {
      out_ += ",\"strData\":";
      json::AppendString(out_, text->text, /*ascii=*/true);
    }
    out_ += "}\n";
    return std::move(out_);
  }

 private:
  void Value(const json::Value& value) {
    if (protobuf_) {
      json::Append(out_, WithDoubles(value), kWrite);
    } else {
      json::Append(out_, value, kWrite);
    }
  }

  // Opens the object or adds a comma, then the key.
  void Key(std::string_view key) {
    if (out_.back() != '{') out_.push_back(',');
    out_.push_back('"');
    out_ += key;
    out_ += "\":";
  }

  void Names() {
    if (answer_.generated_names > 0) {
      Key("names");
      AppendGeneratedNames(out_, answer_.generated_names);
      return;
    }
    if (answer_.names.empty() && protobuf_) return;
    Key("names");
    out_.push_back('[');
    for (const std::string& name : answer_.names) {
      if (out_.back() != '[') out_.push_back(',');
      json::AppendString(out_, name, /*ascii=*/true);
    }
    out_.push_back(']');
  }

  Status Data() {
    out_ += "\"data\":{";
    Names();
    if (const auto* objects = std::get_if<api::Objects>(&answer_.message.payload)) {
      Key("ndarray");
      Value(objects->nested);
    } else {
      const Tensor& tensor = std::get<api::Tensors>(answer_.message.payload).items.front().tensor;
      BRINK_TRY(Array(tensor));
    }
    out_.push_back('}');
    return {};
  }

  Status Array(const Tensor& tensor) {
    switch (answer_.form) {
      case DataForm::kTftensor:
        Key("tftensor");
        return AppendTensorProto(out_, tensor);
      case DataForm::kTensor:
        Key("tensor");
        TensorObject(tensor);
        return {};
      default:
        Key("ndarray");
        AppendNested(out_, tensor, protobuf_);
        return {};
    }
  }

  void TensorObject(const Tensor& tensor) {
    out_.push_back('{');
    if (tensor.shape().rank() > 0 || !protobuf_) {
      Key("shape");
      out_.push_back('[');
      for (const int64_t extent : tensor.shape().dims()) {
        if (out_.back() != '[') out_.push_back(',');
        json::AppendInteger(out_, extent);
      }
      out_.push_back(']');
    }
    if (tensor.shape().elements() > 0 || !protobuf_) {
      Key("values");
      AppendFlat(out_, tensor, protobuf_);
    }
    out_.push_back('}');
  }

  void Meta() {
    const api::Meta& meta = answer_.message.meta;
    out_ += "\"meta\":{";
    if (!meta.metrics.empty()) {
      Key("metrics");
      out_.push_back('[');
      for (const api::Metric& metric : meta.metrics) Metric(metric);
      out_.push_back(']');
    }
    if (!meta.puid.empty()) {
      Key("puid");
      json::AppendString(out_, meta.puid, /*ascii=*/true);
    }
    if (!meta.request_path.empty()) {
      Key("requestPath");
      Texts(meta.request_path);
    }
    if (!meta.tags.empty()) {
      Key("tags");
      out_.push_back('{');
      for (const auto& [key, tag] : meta.tags) {
        if (out_.back() != '{') out_.push_back(',');
        json::AppendString(out_, key, /*ascii=*/true);
        out_.push_back(':');
        Value(tag);
      }
      out_.push_back('}');
    }
    out_.push_back('}');
  }

  void Texts(const std::map<std::string, std::string>& texts) {
    out_.push_back('{');
    for (const auto& [key, text] : texts) {
      if (out_.back() != '{') out_.push_back(',');
      json::AppendString(out_, key, /*ascii=*/true);
      out_.push_back(':');
      json::AppendString(out_, text, /*ascii=*/true);
    }
    out_.push_back('}');
  }

  void Metric(const api::Metric& metric) {
    if (out_.back() != '[') out_.push_back(',');
    out_.push_back('{');
    Key("key");
    json::AppendString(out_, metric.key, /*ascii=*/true);
    if (!metric.tags.empty()) {
      Key("tags");
      Texts(metric.tags);
    }
    const bool counter = metric.kind == api::Metric::Kind::kCounter;
    if (!counter || !protobuf_) {
      Key("type");
      out_ += counter                                    ? "\"COUNTER\""
              : metric.kind == api::Metric::Kind::kGauge ? "\"GAUGE\""
                                                         : "\"TIMER\"";
    }
    if (metric.value != 0 || !protobuf_) {
      Key("value");
      MetricValue(metric);
    }
    out_.push_back('}');
  }

  void MetricValue(const api::Metric& metric) {
    constexpr double kExact = 9007199254740992;  // 2^53: up to here a double counts one by one
    const bool whole =
        std::fabs(metric.value) <= kExact && metric.value == std::trunc(metric.value);
    if (whole && !metric.real && !protobuf_) {
      json::AppendInteger(out_, static_cast<int64_t>(metric.value));
    } else {
      json::AppendDouble(out_, metric.value);
    }
  }

  const WireAnswer& answer_;
  bool protobuf_;
  std::string out_;
};

}  // namespace

Result<std::string> EncodeAnswer(const WireAnswer& answer, Style style) {
  return Encoder(answer, style).Encode();
}

std::string EncodeFailure(std::string_view info, std::string_view reason) {
  std::string out = R"({"status":{"code":-1,"info":)";
  json::AppendString(out, info, /*ascii=*/true);
  out += ",\"reason\":";
  json::AppendString(out, reason, /*ascii=*/true);
  out += ",\"status\":1}}\n";
  return out;
}

}  // namespace brink::protocols::seldon_v1
