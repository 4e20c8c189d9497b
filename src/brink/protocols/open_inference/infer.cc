#include "brink/protocols/open_inference/infer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <charconv>
#include <cstring>
#include <utility>

#include "brink/api/convert.h"
#include "brink/protocols/open_inference/datatype.h"
#include "brink/protocols/open_inference/tensor_head.h"

namespace brink::protocols::open_inference {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors go as they lie in memory");

// Lists nest as deep as shapes do, below {"outputs": [{"data": ...}]}.
constexpr json::ParseOptions kLimits{.allow_nan = true, .max_depth = 32, .max_values = 2'000'000};

unexpected<Error> Broken(std::string why) { return Fail(Code::kDataLoss, std::move(why)); }

json::Array ToArray(const Shape& shape) {
  json::Array array;
  for (const int64_t dim : shape.dims()) array.emplace_back(dim);
  return array;
}

json::Value WantedOutputs(std::span<const std::string> names, bool binary) {
  json::Array wanted;
  for (const std::string& name : names) {
    json::Object one{{"name", name}};
    if (binary) one["parameters"] = json::Object{{"binary_data", true}};
    wanted.emplace_back(std::move(one));
  }
  return wanted;
}

template <class Element, class Append>
void AppendList(std::string& text, std::span<const std::byte> elements, const Append& append) {
  Element element{};
  for (size_t at = 0; at + sizeof element <= elements.size(); at += sizeof element) {
    std::memcpy(&element, elements.data() + at, sizeof element);
    if (at != 0) text += ',';
    append(element);
  }
}

void AppendElements(std::string& text, Type type, std::span<const std::byte> elements) {
  const auto integer = [&text](auto number) { json::AppendInteger(text, number); };
  if (type == Type::kInt8) return AppendList<int8_t>(text, elements, integer);
  if (type == Type::kUInt8) return AppendList<uint8_t>(text, elements, integer);
  assert(type == Type::kFloat32);
  AppendList<float>(text, elements, [&text](float number) {
    std::array<char, json::kMaxDoubleChars> digits{};
    text.append(digits.data(), json::FormatFloat(digits.data(), number));
  });
}

// The bytes of an output that has them behind the head; they are taken off `rest`.
Result<std::optional<std::string_view>> TakeBinary(const json::Value& item,
                                                   std::string_view& rest) {
  const json::Value* parameters = item.Find("parameters");
  const json::Value* value = parameters == nullptr ? nullptr : parameters->Find("binary_data_size");
  if (value == nullptr) return std::nullopt;
  const auto* size = value->get<int64_t>();
  if (size == nullptr || *size < 0) return Broken("expected 'binary_data_size', a number of bytes");
  if (static_cast<uint64_t>(*size) > rest.size()) {
    return Broken("'binary_data_size' is " + std::to_string(*size) + ", the body has " +
                  std::to_string(rest.size()) + " bytes more");
  }
  const std::string_view bytes = rest.substr(0, static_cast<size_t>(*size));
  rest.remove_prefix(bytes.size());
  return bytes;
}

Result<Tensor> FromBinary(const api::TensorDescription& head, std::string_view bytes) {
  const int64_t wanted = PackedBytes(head.type, head.shape.elements());
  if (static_cast<int64_t>(bytes.size()) != wanted) {
    return Broken("its shape " + head.shape.ToString() + " takes " + std::to_string(wanted) +
                  " bytes, " + std::to_string(bytes.size()) + " came");
  }
  Tensor tensor(head.type, head.shape);
  if (!bytes.empty()) std::memcpy(tensor.bytes().data(), bytes.data(), bytes.size());
  if (head.type == Type::kBool) {  // a bool of another byte than 0 and 1 must not be read
    for (std::byte& one : tensor.bytes()) one = std::min(one, std::byte{1});
  }
  return tensor;
}

Result<Tensor> FromData(const api::TensorDescription& head, const json::Value& item) {
  const json::Value* data = item.Find("data");
  if (data == nullptr || !data->is<json::Array>()) {
    return Broken("neither 'binary_data_size' nor a list 'data'");
  }
  auto tensor = api::ToTensor(api::Payload(*data), head.type);
  if (!tensor) return Broken("'data': " + tensor.error().message);
  if (tensor->shape().elements() != head.shape.elements()) {
    return Broken("its shape " + head.shape.ToString() + " takes " +
                  std::to_string(head.shape.elements()) + " numbers, 'data' has " +
                  std::to_string(tensor->shape().elements()));
  }
  return std::move(*tensor).Reshaped(head.shape);
}

Result<Tensor> ReadOutput(const api::TensorDescription& head, const api::TensorDescription& wanted,
                          const json::Value& item, std::optional<std::string_view> binary) {
  if (head.type != wanted.type) {
    return Broken("datatype " + std::string(DatatypeName(head.type)) + ", expected " +
                  std::string(DatatypeName(wanted.type)));
  }
  if (TypeBits(head.type) == 0) {
    return Broken("datatype " + std::string(DatatypeName(head.type)) + " has no numbers");
  }
  if (!head.shape.known()) return Broken("its shape " + head.shape.ToString() + " has a hole");
  return binary ? FromBinary(head, *binary) : FromData(head, item);
}

// Takes an output where it is wanted. One that is not may be of any datatype.
Status TakeOutput(const json::Value& item, std::string_view& rest,
                  std::span<const api::TensorDescription> wanted,
                  std::vector<std::optional<Tensor>>& found) {
  const json::Value* value = item.Find("name");
  const auto* name = value == nullptr ? nullptr : value->get<std::string>();
  if (name == nullptr) return Broken("an output without a name");
  const std::string where = "output '" + Shown(*name) + "'";
  const auto binary = TakeBinary(item, rest);
  if (!binary) return Fail(binary.error().Within(where));
  for (size_t k = 0; k < wanted.size(); ++k) {
    if (wanted[k].name != *name) continue;
    if (found[k]) return Broken(where + " is there twice");
    BRINK_ASSIGN(const auto head, ReadTensorHead(item, "output"));
    auto tensor = ReadOutput(head, wanted[k], item, *binary);
    if (!tensor) return Fail(tensor.error().Within(where));
    found[k] = std::move(*tensor);
  }
  return {};
}

}  // namespace

InferBody EncodeInfer(const api::TensorDescription& input, std::span<const std::byte> elements,
                      std::span<const std::string> outputs, TensorForm form) {
  const bool binary = form == TensorForm::kBinary;
  InferBody body;
  std::string& text = body.bytes;
  text = R"({"outputs":)" + json::Write(WantedOutputs(outputs, binary)) + R"(,"inputs":[{"name":)";
  json::AppendString(text, input.name, false);
  text += R"(,"datatype":")" + std::string(DatatypeName(input.type)) + R"(","shape":)" +
          json::Write(ToArray(input.shape));
  if (binary) {
    text += R"(,"parameters":{"binary_data_size":)" + std::to_string(elements.size()) + "}";
  } else {
    text += R"(,"data":[)";
    AppendElements(text, input.type, elements);
    text += ']';
  }
  text += "}]}";
  body.head_bytes = text.size();
  if (binary) text.append(reinterpret_cast<const char*>(elements.data()), elements.size());
  return body;
}

Result<size_t> ParseHeadLength(std::string_view text) {
  size_t length = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return Broken(std::string(kHeadLength) + " '" + Shown(text) + "': expected a number of bytes");
  }
  return length;
}

Result<std::vector<Tensor>> DecodeInfer(std::string_view body, std::optional<size_t> head_bytes,
                                        std::span<const api::TensorDescription> wanted) {
  const size_t head = head_bytes.value_or(body.size());
  if (head > body.size()) {
    return Broken("its head has " + std::to_string(head) + " bytes, all of it " +
                  std::to_string(body.size()));
  }
  const auto answer = json::Parse(body.substr(0, head), kLimits);
  if (!answer) return Broken(answer.error().message);
  BRINK_ASSIGN(const json::Array* outputs, ListIn(*answer, "outputs"));
  std::string_view rest = body.substr(head);
  std::vector<std::optional<Tensor>> found(wanted.size());
  for (const json::Value& item : *outputs) BRINK_TRY(TakeOutput(item, rest, wanted, found));
  if (!rest.empty()) {
    return Broken(std::to_string(rest.size()) + " bytes behind its outputs");
  }
  std::vector<Tensor> tensors;
  for (size_t k = 0; k < wanted.size(); ++k) {
    if (!found[k]) return Broken("output '" + Shown(wanted[k].name) + "' is missing");
    tensors.push_back(std::move(*found[k]));
  }
  return tensors;
}

}  // namespace brink::protocols::open_inference
