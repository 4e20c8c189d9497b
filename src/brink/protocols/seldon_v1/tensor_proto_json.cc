#include "brink/protocols/seldon_v1/tensor_proto_json.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "brink/api/convert.h"
#include "brink/api/ndarray.h"
#include "brink/base/base64.h"
#include "brink/base/json.h"
#include "brink/protocols/seldon_v1/array_scanner.h"
#include "brink/protocols/seldon_v1/limits.h"

namespace brink::protocols::seldon_v1 {
namespace {

struct DtypeRow {
  int number;
  std::string_view name;
  Type type;
  std::string_view values;        // the field that lists values of this type
  std::string_view snake_values;  // its name in snake_case
};
constexpr std::array<DtypeRow, 14> kDtypes = {{
    {1, "DT_FLOAT", Type::kFloat32, "floatVal", "float_val"},
    {2, "DT_DOUBLE", Type::kFloat64, "doubleVal", "double_val"},
    {3, "DT_INT32", Type::kInt32, "intVal", "int_val"},
    {4, "DT_UINT8", Type::kUInt8, "intVal", "int_val"},
    {5, "DT_INT16", Type::kInt16, "intVal", "int_val"},
    {6, "DT_INT8", Type::kInt8, "intVal", "int_val"},
    {7, "DT_STRING", Type::kString, "stringVal", "string_val"},
    {9, "DT_INT64", Type::kInt64, "int64Val", "int64_val"},
    {10, "DT_BOOL", Type::kBool, "boolVal", "bool_val"},
    {14, "DT_BFLOAT16", Type::kBFloat16, "halfVal", "half_val"},
    {17, "DT_UINT16", Type::kUInt16, "intVal", "int_val"},
    {19, "DT_HALF", Type::kFloat16, "halfVal", "half_val"},
    {22, "DT_UINT32", Type::kUInt32, "uint32Val", "uint32_val"},
    {23, "DT_UINT64", Type::kUInt64, "uint64Val", "uint64_val"},
}};

// Known fields that no type above uses; what they hold is skipped.
constexpr std::array<std::string_view, 12> kIgnoredFields = {
    "versionNumber",     "version_number",      "scomplexVal", "scomplex_val",
    "dcomplexVal",       "dcomplex_val",        "variantVal",  "variant_val",
    "resourceHandleVal", "resource_handle_val", "float8Val",   "float8_val"};

tl::unexpected<Error> Bad(std::string message) {
  return Fail(Code::kInvalidArgument, std::move(message));
}

const DtypeRow* RowOf(Type type) {
  const auto row = std::find_if(kDtypes.begin(), kDtypes.end(),
                                [type](const DtypeRow& r) { return r.type == type; });
  return row == kDtypes.end() ? nullptr : &*row;
}

// What the object says, field by field.
struct Proto {
  const DtypeRow* dtype = nullptr;
  Shape shape;
  std::string_view content;  // base64, in the request's text or in `unescaped`
  std::string unescaped;
  std::string_view values_field;  // of `values`
  std::optional<api::Payload> values;
};

Result<const DtypeRow*> ReadDtype(json::Scanner& scanner) {
  BRINK_ASSIGN(const json::Value value, scanner.ReadValue());
  const auto* name = value.get<std::string>();
  const auto* number = value.get<int64_t>();
  for (const DtypeRow& row : kDtypes) {
    if ((name != nullptr && *name == row.name) || (number != nullptr && *number == row.number)) {
      return &row;
    }
  }
  return Bad("dtype is none that is supported (DT_FLOAT, DT_UINT8 ...)");
}

Result<int64_t> DimSize(const json::Value& dim) {
  if (!dim.is<json::Object>()) return Bad("tensorShape.dim wants objects");
  const json::Value* size = dim.Find("size");
  if (size == nullptr) return 0;  // proto3 leaves out zeros
  std::optional<double> number;
  if (const auto* text = size->get<std::string>()) {
    number = api::ParseFloat(*text);
  } else if (size->is_number()) {
    number = size->ToDouble();
  }
  constexpr double kMost = 1e15;
  if (!number ||
      *number != static_cast<double>(static_cast<int64_t>(std::clamp(*number, -kMost, kMost)))) {
    return Bad("tensorShape.dim.size wants an integer");
  }
  return static_cast<int64_t>(*number);
}

Result<Shape> ReadShape(json::Scanner& scanner) {
  BRINK_ASSIGN(const json::Value value, scanner.ReadValue());
  if (value.is_null()) return Shape();
  if (!value.is<json::Object>()) return Bad("tensorShape wants an object");
  const json::Value* dims = value.Find("dim");
  if (dims == nullptr || dims->is_null()) return Shape();
  const auto* list = dims->get<json::Array>();
  if (list == nullptr) return Bad("tensorShape.dim wants a list");
  std::vector<int64_t> extents;
  for (const json::Value& dim : *list) {
    BRINK_ASSIGN(const int64_t size, DimSize(dim));
    if (size < 0) return Bad("tensorShape.dim has a negative size");
    extents.push_back(size);
  }
  return Shape::Make(extents);
}

Result<api::Payload> ReadValues(json::Scanner& scanner) {
  if (std::optional<Tensor> numbers = ScanNumericArray(scanner)) {
    api::Tensors tensors;
    tensors.items.push_back({.name = "", .tensor = std::move(*numbers)});
    return api::Payload(std::move(tensors));
  }
  BRINK_ASSIGN(json::Value value, scanner.ReadValue());
  if (!value.is<json::Array>()) return Bad("values want a list");
  return api::FromNested(std::move(value));
}

Status ReadField(std::string_view key, json::Scanner& scanner, Proto& proto) {
  if (key == "dtype") {
    BRINK_ASSIGN(proto.dtype, ReadDtype(scanner));
    return {};
  }
  if (key == "tensorShape" || key == "tensor_shape") {
    BRINK_ASSIGN(proto.shape, ReadShape(scanner));
    return {};
  }
  if (key == "tensorContent" || key == "tensor_content") {
    if (scanner.Peek() != '"') return Bad("tensorContent wants base64 text");
    BRINK_ASSIGN(proto.content, scanner.ReadStringView(proto.unescaped));
    return {};
  }
  for (const DtypeRow& row : kDtypes) {
    if (key != row.values && key != row.snake_values) continue;
    proto.values_field = row.values;
    BRINK_ASSIGN(proto.values, ReadValues(scanner));
    return {};
  }
  if (std::find(kIgnoredFields.begin(), kIgnoredFields.end(), key) == kIgnoredFields.end()) {
    return Bad("unknown field");
  }
  return scanner.SkipValue();
}

// The list of values as a tensor of rank 1 of the dtype's own type.
Result<Tensor> TypedValues(const Proto& proto) {
  const Type type = proto.dtype->type;
  if (!proto.values || proto.values_field != proto.dtype->values) return Tensor(type, {0});
  if (type == Type::kFloat16 || type == Type::kBFloat16) {
    // Listed as the integers that their bits are.
    BRINK_ASSIGN(const Tensor bits, api::ToTensor(*proto.values, Type::kUInt16));
    Tensor halves(type, bits.shape());
    std::copy(bits.bytes().begin(), bits.bytes().end(), halves.bytes().begin());
    return halves;
  }
  BRINK_ASSIGN(Tensor values, api::ToTensor(*proto.values, type));
  for (std::string& text : values.strings()) {
    BRINK_ASSIGN(text, base64::Decode(text));
  }
  return values;
}

// Texts, the last of them repeated.
Result<Tensor> FilledUp(Tensor texts, const Shape& shape) {
  std::vector<std::string> strings = std::move(texts.strings());
  const std::string last = strings.empty() ? std::string() : strings.back();
  const auto wanted = static_cast<size_t>(shape.elements());
  BRINK_TRY(CheckPaddedText(static_cast<int64_t>(wanted - strings.size()), last));
  strings.resize(wanted, last);
  return Tensor(shape, std::move(strings));
}

// Short lists repeat their last value.
Result<Tensor> FromValues(const Proto& proto) {
  BRINK_ASSIGN(Tensor values, TypedValues(proto));
  const int64_t given = values.shape().elements();
  const int64_t wanted = proto.shape.elements();
  if (given > wanted) {
    return Bad(std::to_string(given) + " values for shape " + proto.shape.ToString());
  }
  if (given == wanted) return std::move(values).Reshaped(proto.shape);
  BRINK_TRY(CheckPadding(wanted));
  if (proto.dtype->type == Type::kString) return FilledUp(std::move(values), proto.shape);
  Tensor tensor(proto.dtype->type, proto.shape);
  std::fill(tensor.bytes().begin(), tensor.bytes().end(), std::byte{0});
  const size_t step = static_cast<size_t>(TypeBits(proto.dtype->type)) / 8;
  for (int64_t i = 0; i < wanted && given > 0; ++i) {
    std::memcpy(tensor.bytes().data() + static_cast<size_t>(i) * step,
                values.bytes().data() + static_cast<size_t>(std::min(i, given - 1)) * step, step);
  }
  return tensor;
}

// Straight from the request's text into the tensor, which is megabytes.
Result<Tensor> FromContent(const Proto& proto) {
  const int64_t wanted = PackedBytes(proto.dtype->type, proto.shape.elements());
  const bool may_hold = proto.dtype->type != Type::kString &&
                        wanted <= static_cast<int64_t>(proto.content.size() / 4 * 3 + 3);
  Tensor tensor(proto.dtype->type, may_hold ? proto.shape : Shape{0});  // not what a liar claims
  BRINK_ASSIGN(const size_t size, base64::DecodeInto(proto.content, tensor.bytes()));
  if (size == 0) return FromValues(proto);
  if (proto.dtype->type == Type::kString) return Bad("tensorContent cannot hold DT_STRING");
  if (static_cast<int64_t>(size) != wanted) {
    return Bad("tensorContent has " + std::to_string(size) + " bytes, shape " +
               proto.shape.ToString() + " of " + std::string(proto.dtype->name) + " takes " +
               std::to_string(wanted));
  }
  if (proto.dtype->type == Type::kBool) {
    for (std::byte& byte : tensor.bytes()) byte = std::byte{byte != std::byte{0}};
  }
  return tensor;
}

void AppendShape(std::string& out, const Shape& shape) {
  out += "\"tensorShape\":{";
  for (int axis = 0; axis < shape.rank(); ++axis) {
    out += axis == 0 ? "\"dim\":[" : ",";
    if (shape[axis] == 0) {
      out += "{}";
      continue;
    }
    out += "{\"size\":\"";
    json::AppendInteger(out, shape[axis]);
    out += "\"}";
  }
  out += shape.rank() > 0 ? "]}" : "}";
}

// The one element as protobuf's JSON writes it: 64-bit integers in quotes, NaN as a word.
void AppendElement(std::string& out, const Tensor& tensor) {
  const Type type = tensor.type();
  if (type == Type::kFloat16 || type == Type::kBFloat16) {
    json::AppendInteger(out, tensor.as<uint16_t>()[0]);
    return;
  }
  std::array<char, json::kMaxDoubleChars> buffer;
  std::string text;
  if (type == Type::kFloat32) {
    text.assign(buffer.data(), json::FormatFloat(buffer.data(), tensor.as<float>()[0]));
  } else {
    json::Append(text, api::ElementAt(tensor, 0), {.allow_nan = true});
  }
  const bool quoted =
      type == Type::kInt64 || type == Type::kUInt64 || text.back() == 'N' || text.back() == 'y';
  out += quoted ? '"' + text + '"' : text;
}

}  // namespace

Result<Tensor> ReadTensorProto(json::Scanner& scanner) {
  if (scanner.Peek() != '{') return Bad("an object is wanted");
  BRINK_TRY(scanner.Enter('{'));
  Proto proto;
  while (true) {
    BRINK_ASSIGN(const std::string* key, scanner.NextKey());
    if (key == nullptr) break;
    const std::string name = *key;
    BRINK_TRY(ReadField(name, scanner, proto));
  }
  if (proto.dtype == nullptr) return Bad("dtype is missing");
  BRINK_TRY(CheckEmptyShape(proto.shape));
  return FromContent(proto);
}

Status AppendTensorProto(std::string& out, const Tensor& tensor) {
  const DtypeRow* row = RowOf(tensor.type());
  if (row == nullptr || tensor.type() == Type::kString) {
    return Fail(Code::kInternal, "a tftensor cannot hold " + std::string(TypeName(tensor.type())));
  }
  out += "{\"dtype\":\"";
  out += row->name;
  out += "\",";
  const int64_t elements = tensor.shape().elements();
  const bool late = row->values > "tensorShape";  // keys are sorted
  const auto list = [&] {
    out += late ? ",\"" : "\"";
    out += row->values;
    out += "\":[";
    AppendElement(out, tensor);
    out += late ? "]" : "],";
  };
  if (elements > 1) {
    out += "\"tensorContent\":\"";
    base64::Append(out,
                   {reinterpret_cast<const char*>(tensor.bytes().data()), tensor.bytes().size()});
    out += "\",";
  } else if (elements == 1 && !late) {
    list();
  }
  AppendShape(out, tensor.shape());
  if (elements == 1 && late) list();
  out += "}";
  return {};
}

}  // namespace brink::protocols::seldon_v1
