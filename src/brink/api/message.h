// What a request and an answer carry, whatever the wire: a payload and the words beside it. The
// kinds of payload are those of Seldon's SeldonMessage (prediction.proto): data, binData, strData,
// jsonData, customData.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "brink/base/json.h"
#include "brink/tensor/tensor.h"

namespace brink::api {

struct NamedTensor {
  std::string name;  // may be empty: Seldon's `data` has one nameless tensor
  Tensor tensor;
};
struct Tensors {
  std::vector<NamedTensor> items;
  std::vector<std::string> columns;  // Seldon's data.names: one a column of the single tensor
};
// An array without one element type (None beside a string, integers beyond 64 bits): numpy's
// dtype=object.
struct Objects {
  json::Value nested;
  std::vector<std::string> columns;
};
struct Bytes {
  std::string bytes;
};
struct Text {
  std::string text;
};
struct Any {  // google.protobuf.Any
  std::string type_url;
  std::string bytes;
};
using Payload = std::variant<std::monostate, Tensors, Objects, Bytes, Text, json::Value, Any>;

struct Metric {
  enum class Kind { kCounter, kGauge, kTimer };
  std::string key;
  Kind kind = Kind::kCounter;
  double value = 0;
  std::map<std::string, std::string> tags;
  bool real = false;  // a client sent a whole value as a real number: it is echoed as "1.0"
};

struct Meta {
  std::string puid;
  std::map<std::string, json::Value> tags;
  std::map<std::string, int32_t> routing;
  std::map<std::string, std::string> request_path;
  std::vector<Metric> metrics;
};

struct Message {
  Payload payload;
  Meta meta;
};

}  // namespace brink::api
