#include "brink/protocols/seldon_v1/proto_tftensor.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "brink/protocols/seldon_v1/limits.h"

namespace brink::protocols::seldon_v1 {
namespace {

using tensorflow::DataType;
using tensorflow::TensorProto;

struct TypePair {
  DataType proto;
  Type type;
};
constexpr TypePair kTypePairs[] = {
    {tensorflow::DT_FLOAT, Type::kFloat32}, {tensorflow::DT_DOUBLE, Type::kFloat64},
    {tensorflow::DT_INT32, Type::kInt32},   {tensorflow::DT_UINT8, Type::kUInt8},
    {tensorflow::DT_INT16, Type::kInt16},   {tensorflow::DT_INT8, Type::kInt8},
    {tensorflow::DT_STRING, Type::kString}, {tensorflow::DT_INT64, Type::kInt64},
    {tensorflow::DT_BOOL, Type::kBool},     {tensorflow::DT_BFLOAT16, Type::kBFloat16},
    {tensorflow::DT_UINT16, Type::kUInt16}, {tensorflow::DT_HALF, Type::kFloat16},
    {tensorflow::DT_UINT32, Type::kUInt32}, {tensorflow::DT_UINT64, Type::kUInt64},
};

std::optional<Type> TypeFromProto(DataType proto) {
  for (const auto& pair : kTypePairs) {
    if (pair.proto == proto) return pair.type;
  }
  return std::nullopt;
}

tl::unexpected<Error> WrongCount(int64_t got, const Shape& shape) {
  return Fail(Code::kInvalidArgument, "data.tftensor: " + std::to_string(got) + " values, shape " +
                                          shape.ToString() + " wants " +
                                          std::to_string(shape.elements()));
}

// Whether a list of `got` values can be all of `shape`: short ones are filled up.
Status CheckList(int got, const Shape& shape) {
  const int64_t elements = shape.elements();
  if (got > elements) return WrongCount(got, shape);
  return got < elements ? CheckPadding(elements) : Status();
}

// The list's elements as Stored, the last repeated to the end; zeros when there is none.
template <class Stored, class List>
Result<Tensor> FromList(Type type, const Shape& shape, const List& list) {
  BRINK_TRY(CheckList(list.size(), shape));
  Tensor tensor(type, shape);
  const auto out = tensor.as<Stored>();
  for (size_t i = 0; i < out.size(); ++i) {
    const int at = std::min(static_cast<int>(i), list.size() - 1);
    out[i] = at < 0 ? Stored{} : static_cast<Stored>(list.Get(at));
  }
  return tensor;
}

Result<Tensor> FromStrings(const Shape& shape, const TensorProto& proto) {
  const auto& list = proto.string_val();
  BRINK_TRY(CheckList(list.size(), shape));
  std::vector<std::string> strings(list.begin(), list.end());
  const std::string last = strings.empty() ? std::string() : strings.back();
  BRINK_TRY(CheckPaddedText(shape.elements() - list.size(), last));
  strings.resize(static_cast<size_t>(shape.elements()), last);
  return Tensor(shape, std::move(strings));
}

Result<Tensor> FromTypedList(Type type, const Shape& shape, const TensorProto& proto) {
  switch (type) {
    case Type::kFloat32:
      return FromList<float>(type, shape, proto.float_val());
    case Type::kFloat64:
      return FromList<double>(type, shape, proto.double_val());
    case Type::kInt32:
      return FromList<int32_t>(type, shape, proto.int_val());
    case Type::kUInt8:
      return FromList<uint8_t>(type, shape, proto.int_val());
    case Type::kInt16:
      return FromList<int16_t>(type, shape, proto.int_val());
    case Type::kInt8:
      return FromList<int8_t>(type, shape, proto.int_val());
    case Type::kUInt16:
      return FromList<uint16_t>(type, shape, proto.int_val());
    case Type::kInt64:
      return FromList<int64_t>(type, shape, proto.int64_val());
    case Type::kBool:
      return FromList<bool>(type, shape, proto.bool_val());
    case Type::kFloat16:
    case Type::kBFloat16:
      return FromList<uint16_t>(type, shape, proto.half_val());
    case Type::kUInt32:
      return FromList<uint32_t>(type, shape, proto.uint32_val());
    case Type::kUInt64:
      return FromList<uint64_t>(type, shape, proto.uint64_val());
    case Type::kString:
      return FromStrings(shape, proto);
    default:
      return Fail(Code::kInternal, "data.tftensor: no list for " + std::string(TypeName(type)));
  }
}

Result<Shape> ShapeFromProto(const tensorflow::TensorShapeProto& proto) {
  std::vector<int64_t> dims;
  for (const auto& dim : proto.dim()) dims.push_back(dim.size());
  auto shape = Shape::Make(dims);
  if (!shape) return Fail(shape.error().Within("data.tftensor"));
  if (proto.unknown_rank() || !shape->known()) {
    return Fail(Code::kInvalidArgument,
                "data.tftensor: shape " + shape->ToString() + " is not known");
  }
  if (auto small = CheckEmptyShape(*shape); !small) {
    return Fail(small.error().Within("data.tftensor"));
  }
  return shape;
}

// The typed list of a single element.
void AddSingle(const Tensor& tensor, TensorProto& out) {
  switch (tensor.type()) {
    case Type::kFloat32:
      return out.add_float_val(tensor.as<float>()[0]);
    case Type::kFloat64:
      return out.add_double_val(tensor.as<double>()[0]);
    case Type::kInt32:
      return out.add_int_val(tensor.as<int32_t>()[0]);
    case Type::kUInt8:
      return out.add_int_val(tensor.as<uint8_t>()[0]);
    case Type::kInt16:
      return out.add_int_val(tensor.as<int16_t>()[0]);
    case Type::kInt8:
      return out.add_int_val(tensor.as<int8_t>()[0]);
    case Type::kUInt16:
      return out.add_int_val(tensor.as<uint16_t>()[0]);
    case Type::kInt64:
      return out.add_int64_val(tensor.as<int64_t>()[0]);
    case Type::kBool:
      return out.add_bool_val(tensor.as<bool>()[0]);
    case Type::kFloat16:
    case Type::kBFloat16:
      return out.add_half_val(tensor.as<uint16_t>()[0]);
    case Type::kUInt32:
      return out.add_uint32_val(tensor.as<uint32_t>()[0]);
    case Type::kUInt64:
      return out.add_uint64_val(tensor.as<uint64_t>()[0]);
    default:
      return;
  }
}

}  // namespace

Result<Tensor> TensorFromProto(const TensorProto& proto) {
  BRINK_ASSIGN(const Shape shape, ShapeFromProto(proto.tensor_shape()));
  const auto type = TypeFromProto(proto.dtype());
  if (!type) {
    return Fail(Code::kInvalidArgument,
                "data.tftensor: dtype " + std::to_string(proto.dtype()) + " is not supported");
  }
  const std::string& content = proto.tensor_content();
  if (content.empty()) return FromTypedList(*type, shape, proto);
  const int64_t wanted = PackedBytes(*type, shape.elements());
  if (*type == Type::kString || static_cast<int64_t>(content.size()) != wanted) {
    return Fail(Code::kInvalidArgument, "data.tftensor: " + std::to_string(content.size()) +
                                            " bytes of content, shape " + shape.ToString() +
                                            " wants " + std::to_string(wanted));
  }
  Tensor tensor(*type, shape);
  std::memcpy(tensor.bytes().data(), content.data(), content.size());
  if (*type == Type::kBool) {  // a bool of another byte than 0 and 1 must not be read
    for (std::byte& one : tensor.bytes()) one = std::min(one, std::byte{1});
  }
  return tensor;
}

Status TensorToProto(const Tensor& tensor, TensorProto& out) {
  const TypePair* found = nullptr;
  for (const auto& pair : kTypePairs) {
    if (pair.type == tensor.type()) found = &pair;
  }
  if (found == nullptr) {
    return Fail(Code::kInvalidArgument, "data.tftensor cannot hold elements of type " +
                                            std::string(TypeName(tensor.type())));
  }
  out.set_dtype(found->proto);
  auto& shape = *out.mutable_tensor_shape();
  for (const int64_t dim : tensor.shape().dims()) shape.add_dim()->set_size(dim);
  if (tensor.type() == Type::kString) {
    for (const auto& text : tensor.strings()) out.add_string_val(text);
  } else if (tensor.shape().elements() == 1) {
    AddSingle(tensor, out);
  } else {
    out.set_tensor_content(tensor.bytes().data(), tensor.bytes().size());
  }
  return {};
}

}  // namespace brink::protocols::seldon_v1
