#include "brink/api/ndarray.h"

#include <cmath>
#include <optional>
#include <utility>

#include "brink/tensor/float16.h"

namespace brink::api {
namespace {

// Which kinds of element a list holds.
struct Kinds {
  bool boolean = false;
  bool integer = false;  // fits int64
  bool unsigned64 = false;
  bool real = false;
  bool text = false;
  bool object = false;  // null, {...} or an integer beyond 64 bits

  void Note(const json::Value& element) {
    boolean |= element.is<bool>();
    integer |= element.is<int64_t>();
    unsigned64 |= element.is<uint64_t>();
    real |= element.is<double>();
    text |= element.is<std::string>();
    object |= element.is_null() || element.is<json::Object>() || element.is<json::BigInt>();
  }

  // For what is no object.
  Type Choose() const {
    if (text) return Type::kString;
    if (real || (unsigned64 && integer)) return Type::kFloat64;
    if (unsigned64) return Type::kUInt64;
    if (integer) return Type::kInt64;
    return boolean ? Type::kBool : Type::kFloat64;
  }
};

Result<Shape> FirstElementsShape(const json::Value& nested) {
  Shape shape;
  const json::Value* value = &nested;
  while (const auto* array = value->get<json::Array>()) {
    if (shape.rank() == Shape::kMaxRank) {
      return Fail(Code::kInvalidArgument,
                  "array has more than " + std::to_string(Shape::kMaxRank) + " dimensions");
    }
    shape.Append(static_cast<int64_t>(array->size()));
    if (array->empty()) break;
    value = &array->front();
  }
  return shape;
}

// Calls visit(element) for each element in row-major order; all lists have the lengths of `shape`.
template <class Visit>
Status Walk(const json::Value& value, const Shape& shape, int depth, Visit& visit) {
  const auto* array = value.get<json::Array>();
  const bool wants_array = depth < shape.rank();
  if (wants_array != (array != nullptr) ||
      (wants_array && static_cast<int64_t>(array->size()) != shape[depth])) {
    return Fail(Code::kInvalidArgument, "array is ragged: the first elements have shape " +
                                            shape.ToString() + ", another one at depth " +
                                            std::to_string(depth) + " differs");
  }
  if (!wants_array) {
    visit(value);
    return {};
  }
  for (const json::Value& element : *array) BRINK_TRY(Walk(element, shape, depth + 1, visit));
  return {};
}

// str(element) of Python.
std::string PythonText(const json::Value& element) {
  if (const auto* text = element.get<std::string>()) return *text;
  if (const auto* boolean = element.get<bool>()) return *boolean ? "True" : "False";
  if (const auto* real = element.get<double>(); real != nullptr && !std::isfinite(*real)) {
    if (std::isnan(*real)) return "nan";
    return *real > 0 ? "inf" : "-inf";
  }
  return json::Write(element);
}

int64_t ToInteger(const json::Value& element) {
  if (const auto* boolean = element.get<bool>()) return *boolean ? 1 : 0;
  if (const auto* huge = element.get<uint64_t>()) return static_cast<int64_t>(*huge);
  return *element.get<int64_t>();
}

double ToReal(const json::Value& element) {
  const auto* boolean = element.get<bool>();
  return boolean != nullptr ? (*boolean ? 1.0 : 0.0) : element.ToDouble();
}

Tensor Fill(const json::Value& nested, const Shape& shape, Type type) {
  Tensor tensor(type, shape);
  size_t at = 0;
  const auto each = [&](auto store) {
    auto visit = [&](const json::Value& element) { store(element, at++); };
    (void)Walk(nested, shape, 0, visit);  // checked before
  };
  switch (type) {
    case Type::kString:
      each([&](const json::Value& e, size_t i) { tensor.strings()[i] = PythonText(e); });
      break;
    case Type::kBool:
      each([&](const json::Value& e, size_t i) { tensor.as<bool>()[i] = *e.get<bool>(); });
      break;
    case Type::kInt64:
    case Type::kUInt64:
      each([&](const json::Value& e, size_t i) { tensor.as<int64_t>()[i] = ToInteger(e); });
      break;
    default:
      each([&](const json::Value& e, size_t i) { tensor.as<double>()[i] = ToReal(e); });
  }
  return tensor;
}

// The lists as a tensor; nullopt where numpy would take dtype=object.
Result<std::optional<Tensor>> TypedTensor(const json::Value& nested) {
  BRINK_ASSIGN(const Shape shape, FirstElementsShape(nested));
  Kinds kinds;
  auto note = [&kinds](const json::Value& element) { kinds.Note(element); };
  BRINK_TRY(Walk(nested, shape, 0, note));
  if (kinds.object) return std::optional<Tensor>();
  return std::optional<Tensor>(Fill(nested, shape, kinds.Choose()));
}

Payload OneTensor(Tensor tensor) {
  Tensors tensors;
  tensors.items.push_back({.name = "", .tensor = std::move(tensor)});
  return tensors;
}

json::Value NestedFrom(const Tensor& tensor, int depth, int64_t& index) {
  if (depth == tensor.shape().rank()) return ElementAt(tensor, index++);
  json::Array array;
  // An extent of 0 further in leaves the outer lists, which hold empty lists.
  array.reserve(static_cast<size_t>(tensor.shape()[depth]));
  for (int64_t i = 0; i < tensor.shape()[depth]; ++i) {
    array.push_back(NestedFrom(tensor, depth + 1, index));
  }
  return array;
}

}  // namespace

Result<Payload> FromNested(const json::Value& nested) {
  BRINK_ASSIGN(auto tensor, TypedTensor(nested));
  if (!tensor) return Payload(Objects{.nested = nested, .columns = {}});
  return OneTensor(std::move(*tensor));
}

Result<Payload> FromNested(json::Value&& nested) {
  BRINK_ASSIGN(auto tensor, TypedTensor(nested));
  if (!tensor) return Payload(Objects{.nested = std::move(nested), .columns = {}});
  return OneTensor(std::move(*tensor));
}

Result<Payload> FromAnsweredList(json::Value&& list) {
  BRINK_ASSIGN(auto tensor, TypedTensor(list));
  const bool numeric = tensor && tensor->type() != Type::kString && tensor->type() != Type::kBool;
  if (!numeric) return Payload(Objects{.nested = std::move(list), .columns = {}});
  return OneTensor(std::move(*tensor));
}

Shape NestedShape(const json::Value& nested) {
  return FirstElementsShape(nested).value_or(Shape());
}

json::Value ToNested(const Tensor& tensor) {
  int64_t index = 0;
  return NestedFrom(tensor, 0, index);
}

json::Value ElementAt(const Tensor& tensor, int64_t index) {
  const auto i = static_cast<size_t>(index);
  switch (tensor.type()) {
    case Type::kFloat32:
      return static_cast<double>(tensor.as<float>()[i]);
    case Type::kFloat64:
      return tensor.as<double>()[i];
    case Type::kFloat16:
      return static_cast<double>(HalfToFloat(tensor.as<uint16_t>()[i]));
    case Type::kBFloat16:
      return static_cast<double>(BFloat16ToFloat(tensor.as<uint16_t>()[i]));
    case Type::kInt8:
      return static_cast<int64_t>(tensor.as<int8_t>()[i]);
    case Type::kUInt8:
      return static_cast<int64_t>(tensor.as<uint8_t>()[i]);
    case Type::kInt16:
      return static_cast<int64_t>(tensor.as<int16_t>()[i]);
    case Type::kUInt16:
      return static_cast<int64_t>(tensor.as<uint16_t>()[i]);
    case Type::kInt32:
      return static_cast<int64_t>(tensor.as<int32_t>()[i]);
    case Type::kUInt32:
      return static_cast<int64_t>(tensor.as<uint32_t>()[i]);
    case Type::kInt64:
      return tensor.as<int64_t>()[i];
    case Type::kUInt64:
      return tensor.as<uint64_t>()[i];
    case Type::kBool:
      return tensor.as<bool>()[i];
    case Type::kString:
      return tensor.strings()[i];
    default:
      return nullptr;  // complex, int4 and resources have no JSON form
  }
}

}  // namespace brink::api
