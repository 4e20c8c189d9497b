#include "brink/protocols/seldon_v1/proto_value.h"

#include <algorithm>
#include <utility>

#include "brink/api/ndarray.h"
#include "brink/base/utf8.h"

namespace brink::protocols::seldon_v1 {
namespace {

using google::protobuf::ListValue;
using google::protobuf::Value;

// Follows the first element of each list down: the shape, if the lists turn out to be regular and
// numeric.
bool GuessShape(const ListValue& list, Shape& shape) {
  const ListValue* level = &list;
  for (;;) {
    if (shape.rank() == Shape::kMaxRank) return false;
    shape.Append(level->values_size());
    if (level->values_size() == 0) return false;  // empty arrays go the general way
    const Value& first = level->values(0);
    if (first.kind_case() == Value::kNumberValue) return true;
    if (first.kind_case() != Value::kListValue) return false;
    level = &first.list_value();
  }
}

// Copies the numbers of `list` to `out`; false when the lists are not of `shape` or hold something
// else than numbers.
bool CopyNumbers(const ListValue& list, const Shape& shape, int axis, double*& out) {
  if (list.values_size() != shape[axis]) return false;
  const bool last = axis + 1 == shape.rank();
  for (const Value& value : list.values()) {
    if (last) {
      if (value.kind_case() != Value::kNumberValue) return false;
      *out++ = value.number_value();
    } else if (value.kind_case() != Value::kListValue ||
               !CopyNumbers(value.list_value(), shape, axis + 1, out)) {
      return false;
    }
  }
  return true;
}

json::Array ListFromProto(const ListValue& list) {
  json::Array array;
  array.reserve(static_cast<size_t>(list.values_size()));
  for (const Value& value : list.values()) array.push_back(FromProto(value));
  return array;
}

// Nested lists over the elements from `index` on, advancing it.
void AppendNested(const Tensor& tensor, int axis, int64_t& index, ListValue& out) {
  const bool last = axis + 1 == tensor.shape().rank();
  for (int64_t i = 0; i < tensor.shape()[axis]; ++i) {
    Value& value = *out.add_values();
    if (!last) {
      AppendNested(tensor, axis + 1, index, *value.mutable_list_value());
    } else if (tensor.type() == Type::kFloat32) {
      value.set_number_value(static_cast<double>(tensor.as<float>()[static_cast<size_t>(index++)]));
    } else if (tensor.type() == Type::kFloat64) {
      value.set_number_value(tensor.as<double>()[static_cast<size_t>(index++)]);
    } else {
      ToProto(api::ElementAt(tensor, index++), value);
    }
  }
}

struct ValueWriter {
  Value& out;

  void operator()(std::nullptr_t) const { out.set_null_value(google::protobuf::NULL_VALUE); }
  void operator()(bool b) const { out.set_bool_value(b); }
  void operator()(int64_t n) const { out.set_number_value(static_cast<double>(n)); }
  void operator()(uint64_t n) const { out.set_number_value(static_cast<double>(n)); }
  void operator()(const json::BigInt& n) const {
    out.set_number_value(std::strtod(n.digits.c_str(), nullptr));
  }
  void operator()(double d) const { out.set_number_value(d); }
  void operator()(const std::string& text) const { out.set_string_value(text); }
  void operator()(const json::Array& array) const {
    ListValue& list = *out.mutable_list_value();
    for (const auto& element : array) ToProto(element, *list.add_values());
  }
  void operator()(const json::Object& object) const {
    auto& fields = *out.mutable_struct_value()->mutable_fields();
    for (const auto& [key, member] : object) ToProto(member, fields[key]);
  }
};

}  // namespace

json::Value FromProto(const Value& value) {
  switch (value.kind_case()) {
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      return nullptr;
    case Value::kNumberValue:
      return value.number_value();
    case Value::kStringValue:
      return value.string_value();
    case Value::kBoolValue:
      return value.bool_value();
    case Value::kListValue:
      return ListFromProto(value.list_value());
    case Value::kStructValue: {
      json::Object object;
      for (const auto& [key, member] : value.struct_value().fields())
        object.emplace(key, FromProto(member));
      return object;
    }
  }
  return nullptr;
}

void ToProto(const json::Value& value, Value& out) {
  std::visit(ValueWriter{out}, value.variant());
}

Result<api::Payload> ArrayFromProto(const ListValue& list) {
  Shape shape;
  if (GuessShape(list, shape)) {
    // The first elements promise more than the message may hold: memory follows what is there.
    Result<Shape> checked = Shape::Make(shape.dims());
    const size_t most = list.ByteSizeLong();
    if (checked && static_cast<uint64_t>(checked->elements()) <= most) {
      Tensor tensor(Type::kFloat64, *checked);
      double* out = tensor.as<double>().data();
      if (CopyNumbers(list, *checked, 0, out)) {
        api::Tensors tensors;
        tensors.items.push_back({"", std::move(tensor)});
        return tensors;
      }
    }
  }
  return api::FromNested(json::Value(ListFromProto(list)));
}

bool AreTexts(const Tensor& tensor) { return std::ranges::all_of(tensor.strings(), utf8::IsValid); }

Status ArrayToProto(const Tensor& tensor, ListValue& out) {
  if (tensor.shape().rank() == 0) {
    return Fail(Code::kInvalidArgument,
                "a single value cannot be an ndarray over gRPC: want at least one dimension");
  }
  int64_t index = 0;
  AppendNested(tensor, 0, index, out);
  return {};
}

Status ArrayToProto(const api::Objects& objects, ListValue& out) {
  const auto* array = objects.nested.get<json::Array>();
  if (array == nullptr) {
    return Fail(Code::kInvalidArgument,
                "a single value cannot be an ndarray over gRPC: want at least one dimension");
  }
  for (const auto& element : *array) ToProto(element, *out.add_values());
  return {};
}

}  // namespace brink::protocols::seldon_v1
