#include "brink/protocols/seldon_v1/data_decoder.h"

#include <optional>
#include <string>
#include <utility>

#include "brink/api/ndarray.h"
#include "brink/protocols/seldon_v1/array_scanner.h"
#include "brink/protocols/seldon_v1/limits.h"
#include "brink/protocols/seldon_v1/tensor_proto_json.h"

namespace brink::protocols::seldon_v1 {
namespace {

tl::unexpected<Error> Bad(std::string message) {
  return Fail(Code::kInvalidArgument, std::move(message));
}

api::Payload OneTensor(Tensor tensor) {
  api::Tensors tensors;
  tensors.items.push_back({.name = "", .tensor = std::move(tensor)});
  return tensors;
}

// Any JSON value as an array, by the fast way where it has one.
Result<api::Payload> ReadArray(json::Scanner& scanner) {
  if (std::optional<Tensor> numbers = ScanNumericArray(scanner)) {
    return OneTensor(std::move(*numbers));
  }
  BRINK_ASSIGN(json::Value value, scanner.ReadValue());
  return api::FromNested(std::move(value));
}

// numpy's reshape: an extent, a list of extents, null for "as it is, flat"; -1 once.
struct WantedShape {
  std::vector<int64_t> extents;
  bool flat = false;
};

Result<WantedShape> ReadShape(json::Scanner& scanner) {
  BRINK_ASSIGN(const json::Value value, scanner.ReadValue());
  WantedShape shape;
  if (value.is_null()) {
    shape.flat = true;
    return shape;
  }
  if (const auto* extent = value.get<int64_t>()) {
    shape.extents.push_back(*extent);
    return shape;
  }
  const auto* list = value.get<json::Array>();
  if (list == nullptr) return Bad("shape: a list of integers is wanted");
  for (const json::Value& element : *list) {
    const auto* extent = element.get<int64_t>();
    if (extent == nullptr) return Bad("shape: a list of integers is wanted");
    shape.extents.push_back(*extent);
  }
  return shape;
}

Result<Shape> Resolve(WantedShape wanted, int64_t elements) {
  if (wanted.flat) return Shape{elements};
  int64_t* unknown = nullptr;
  for (int64_t& extent : wanted.extents) {
    if (extent != -1) continue;
    if (unknown != nullptr) return Bad("shape has more than one -1");
    unknown = &extent;
  }
  if (unknown != nullptr) {
    *unknown = 1;
    BRINK_ASSIGN(const Shape others, Shape::Make(wanted.extents));
    const int64_t product = others.elements();
    if (product <= 0 || elements % product != 0) {
      return Bad(std::to_string(elements) + " values do not fill a shape with -1 in it");
    }
    *unknown = elements / product;
  }
  BRINK_ASSIGN(const Shape shape, Shape::Make(wanted.extents));
  if (shape.elements() != elements) {
    return Bad("shape " + shape.ToString() + " takes " + std::to_string(shape.elements()) +
               " values, got " + std::to_string(elements));
  }
  BRINK_TRY(CheckEmptyShape(shape));
  return shape;
}

// The elements of nested lists, in order, as one flat list.
void Flatten(json::Value& value, json::Array& flat) {
  if (auto* list = value.get<json::Array>()) {
    for (json::Value& element : *list) Flatten(element, flat);
  } else {
    flat.push_back(std::move(value));
  }
}

json::Value Nest(json::Array& flat, size_t& next, const Shape& shape, int axis) {
  if (axis == shape.rank()) return std::move(flat[next++]);
  json::Array list;
  for (int64_t i = 0; i < shape[axis]; ++i) list.push_back(Nest(flat, next, shape, axis + 1));
  return list;
}

Result<api::Payload> Reshape(api::Payload values, WantedShape wanted) {
  if (auto* tensors = std::get_if<api::Tensors>(&values)) {
    Tensor& tensor = tensors->items.front().tensor;
    BRINK_ASSIGN(const Shape shape, Resolve(std::move(wanted), tensor.shape().elements()));
    tensor = std::move(tensor).Reshaped(shape);
    return values;
  }
  auto& objects = std::get<api::Objects>(values);
  json::Array flat;
  Flatten(objects.nested, flat);
  BRINK_ASSIGN(const Shape shape, Resolve(std::move(wanted), static_cast<int64_t>(flat.size())));
  size_t next = 0;
  objects.nested = Nest(flat, next, shape, 0);
  return values;
}

Result<api::Payload> ReadTensor(json::Scanner& scanner) {
  if (scanner.Peek() != '{') {
    BRINK_TRY(scanner.SkipValue());
    return Bad("an object with shape and values is wanted");
  }
  BRINK_TRY(scanner.Enter('{'));
  std::optional<WantedShape> shape;
  std::optional<api::Payload> values;
  while (true) {
    BRINK_ASSIGN(const std::string* key, scanner.NextKey());
    if (key == nullptr) break;
    if (*key == "shape") {
      BRINK_ASSIGN(shape, ReadShape(scanner));
    } else if (*key == "values") {
      BRINK_ASSIGN(values, ReadArray(scanner));
    } else {
      BRINK_TRY(scanner.SkipValue());
    }
  }
  if (!values) return Bad("values are missing");
  if (!shape) return Bad("shape is missing");
  return Reshape(std::move(*values), std::move(*shape));
}

Result<std::vector<std::string>> ReadNames(json::Scanner& scanner) {
  BRINK_ASSIGN(json::Value value, scanner.ReadValue());
  std::vector<std::string> names;
  if (value.is_null()) return names;
  auto* list = value.get<json::Array>();
  if (list == nullptr) return Bad("a list is wanted");
  names.reserve(list->size());
  for (json::Value& name : *list) {
    auto* text = name.get<std::string>();
    names.push_back(text != nullptr ? std::move(*text) : json::Write(name));
  }
  return names;
}

// What the members of `data` were.
struct Members {
  std::vector<std::string> names;
  std::optional<api::Payload> tensor;
  std::optional<api::Payload> ndarray;
  std::optional<api::Payload> tftensor;
};

template <class Target, class Value>
Status Store(Target& target, Result<Value> value, std::string_view where) {
  if (!value) return Fail(value.error().Within(where));
  target = std::move(*value);
  return {};
}

Status ReadMember(const std::string& key, json::Scanner& scanner, Members& members) {
  if (key == "names") return Store(members.names, ReadNames(scanner), "data.names");
  if (key == "tensor") return Store(members.tensor, ReadTensor(scanner), "data.tensor");
  if (key == "ndarray") return Store(members.ndarray, ReadArray(scanner), "data.ndarray");
  if (key == "tftensor") {
    auto tensor = ReadTensorProto(scanner);
    if (!tensor) return Fail(tensor.error().Within("data.tftensor"));
    members.tftensor = OneTensor(std::move(*tensor));
    return {};
  }
  return scanner.SkipValue();
}

}  // namespace

Result<WireMessage> ReadData(json::Scanner& scanner) {
  if (scanner.Peek() != '{') {
    BRINK_TRY(scanner.SkipValue());
    return Bad("data: an object with tensor, ndarray or tftensor is wanted");
  }
  BRINK_TRY(scanner.Enter('{'));
  Members members;
  while (true) {
    BRINK_ASSIGN(const std::string* key, scanner.NextKey());
    if (key == nullptr) break;
    const std::string name = *key;
    BRINK_TRY(ReadMember(name, scanner, members));
  }
  WireMessage message;
  api::Payload& payload = message.message.payload;
  message.form = DataForm::kNdarray;
  if (members.tensor) {
    payload = std::move(*members.tensor);
    message.form = DataForm::kTensor;
  } else if (members.ndarray) {
    payload = std::move(*members.ndarray);
  } else if (members.tftensor) {
    payload = std::move(*members.tftensor);
    message.form = DataForm::kTftensor;
  } else {
    payload = OneTensor(Tensor(Type::kFloat64, {0}));
  }
  if (auto* tensors = std::get_if<api::Tensors>(&payload))
    tensors->columns = std::move(members.names);
  if (auto* objects = std::get_if<api::Objects>(&payload))
    objects->columns = std::move(members.names);
  return message;
}

}  // namespace brink::protocols::seldon_v1
