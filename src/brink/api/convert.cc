#include "brink/api/convert.h"

#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "brink/api/ndarray.h"
#include "brink/base/json_number.h"
#include "brink/tensor/elements.h"
#include "brink/tensor/float16.h"

namespace brink::api {
namespace {

Error NotA(int64_t index, Type wanted) {
  return {Code::kInvalidArgument,
          "element " + std::to_string(index) + " is no " + std::string(TypeName(wanted))};
}

// The numpy conversions without a check: float to float, integer to float.
template <class From, class To>
void Cast(const Tensor& tensor, TensorView into) {
  const auto from = tensor.as<From>();
  const auto to = into.as<To>();
  for (size_t i = 0; i < to.size(); ++i) to[i] = static_cast<To>(from[i]);
}

// The pairs that requests meet a thousand times a second have loops of their own.
using CastFunction = void (*)(const Tensor&, TensorView);
CastFunction FastCast(Type from, Type to) {
  if (to == Type::kFloat32) {
    if (from == Type::kFloat64) return Cast<double, float>;
    if (from == Type::kInt64) return Cast<int64_t, float>;
    if (from == Type::kUInt8) return Cast<uint8_t, float>;
    if (from == Type::kBool) return Cast<bool, float>;
  }
  if (to == Type::kFloat64 && from == Type::kFloat32) return Cast<float, double>;
  if (to == Type::kFloat64 && from == Type::kInt64) return Cast<int64_t, double>;
  return nullptr;
}

// A JSON element as a number: what float(x) takes, with null as NaN.
std::optional<double> Real(const json::Value& element) {
  if (element.is_number()) return element.ToDouble();
  if (const auto* boolean = element.get<bool>()) return *boolean ? 1.0 : 0.0;
  if (const auto* text = element.get<std::string>()) return ParseFloat(*text);
  if (element.is_null()) return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

// "9007199254740993" as the integer that it is; a double would round it.
json::Value UnquoteInteger(const std::string& text) {
  const json::Number number = json::ScanNumber(text);
  if (number.length != text.size()) return text;
  if (number.kind == json::Number::Kind::kInt) return number.integer;
  if (number.kind == json::Number::Kind::kUInt) return static_cast<uint64_t>(number.integer);
  return text;
}

template <class Int>
bool StoreInteger(const json::Value& element, std::byte* to) {
  if (const auto* text = element.get<std::string>()) {
    const json::Value integer = UnquoteInteger(*text);
    if (!integer.is<std::string>()) return StoreInteger<Int>(integer, to);
  }
  Int stored = 0;
  if (const auto* n = element.get<int64_t>()) {
    if (!std::in_range<Int>(*n)) return false;
    stored = static_cast<Int>(*n);
  } else if (const auto* u = element.get<uint64_t>()) {
    if (!std::in_range<Int>(*u)) return false;
    stored = static_cast<Int>(*u);
  } else {
    const auto real = Real(element);
    // 2^bits is exact as a double where the type's maximum is not.
    const double limit = std::ldexp(1.0, std::numeric_limits<Int>::digits);
    const double low = std::is_signed_v<Int> ? -limit : 0.0;
    if (!real || !(*real >= low && *real < limit) || *real != std::trunc(*real)) return false;
    stored = static_cast<Int>(*real);
  }
  std::memcpy(to, &stored, sizeof stored);
  return true;
}

template <class T>
bool StoreReal(const json::Value& element, std::byte* to) {
  const auto real = Real(element);
  if (!real) return false;
  T stored;
  if constexpr (std::is_same_v<T, uint16_t>) {
    stored = FloatToHalf(static_cast<float>(*real));
  } else if constexpr (std::is_same_v<T, bool>) {
    stored = *real != 0;
  } else {
    stored = static_cast<T>(*real);
  }
  std::memcpy(to, &stored, sizeof stored);
  return true;
}

using StoreFunction = bool (*)(const json::Value&, std::byte*);
StoreFunction StoreFor(Type type) {
  switch (type) {
    case Type::kFloat32:
      return StoreReal<float>;
    case Type::kFloat64:
      return StoreReal<double>;
    case Type::kFloat16:
      return StoreReal<uint16_t>;
    case Type::kBool:
      return StoreReal<bool>;
    case Type::kInt8:
      return StoreInteger<int8_t>;
    case Type::kUInt8:
      return StoreInteger<uint8_t>;
    case Type::kInt16:
      return StoreInteger<int16_t>;
    case Type::kUInt16:
      return StoreInteger<uint16_t>;
    case Type::kInt32:
      return StoreInteger<int32_t>;
    case Type::kUInt32:
      return StoreInteger<uint32_t>;
    case Type::kInt64:
      return StoreInteger<int64_t>;
    case Type::kUInt64:
      return StoreInteger<uint64_t>;
    default:
      return nullptr;
  }
}

Error Unconvertible(std::string_view from, Type wanted) {
  return {Code::kInvalidArgument,
          std::string(from) + " cannot become " + std::string(TypeName(wanted))};
}

// Nested lists of mixed elements (numpy's dtype=object).
Result<Tensor> FromObjects(const json::Value& nested, Type wanted) {
  const StoreFunction store = StoreFor(wanted);
  if (store == nullptr) return Fail(Unconvertible("a mixed array", wanted));
  Tensor tensor(wanted, NestedShape(nested));
  const size_t step = static_cast<size_t>(TypeBits(wanted)) / 8;
  int64_t index = 0;
  // Depth-first, in row-major order; FromNested has checked that the lists are not ragged.
  const auto fill = [&](const auto& self, const json::Value& value) -> bool {
    if (const auto* array = value.get<json::Array>()) {
      for (const json::Value& element : *array) {
        if (!self(self, element)) return false;
      }
      return true;
    }
    return store(value, tensor.bytes().data() + static_cast<size_t>(index++) * step);
  };
  if (!fill(fill, nested)) return Fail(NotA(index - 1, wanted));
  return tensor;
}

Result<const Tensor*> OnlyTensor(const Tensors& tensors) {
  if (tensors.items.size() == 1) return &tensors.items.front().tensor;
  return Fail(Code::kInvalidArgument,
              "request has " + std::to_string(tensors.items.size()) + " tensors, one is wanted");
}

struct Converter {
  Type wanted;

  Result<Tensor> operator()(std::monostate) const {
    return Fail(Code::kInvalidArgument, "request has no data");
  }
  Result<Tensor> operator()(const Tensors& tensors) const {
    BRINK_ASSIGN(const Tensor* tensor, OnlyTensor(tensors));
    return Convert(*tensor, wanted);
  }
  Result<Tensor> operator()(const Objects& objects) const {
    return FromObjects(objects.nested, wanted);
  }
  Result<Tensor> operator()(const Bytes&) const {
    return Fail(Code::kInvalidArgument, "binData holds bytes, the model wants " +
                                            std::string(TypeName(wanted)) + " numbers");
  }
  Result<Tensor> operator()(const Text&) const {
    return Fail(Code::kInvalidArgument,
                "strData holds text, the model wants an array of " + std::string(TypeName(wanted)));
  }
  Result<Tensor> operator()(const Any&) const {
    return Fail(Code::kInvalidArgument, "customData is nothing that the model can take");
  }
  Result<Tensor> operator()(const json::Value& value) const {
    if (value.is<json::Object>() || value.is_null()) {
      return Fail(Code::kInvalidArgument, "jsonData holds no array, the model wants one of " +
                                              std::string(TypeName(wanted)));
    }
    BRINK_ASSIGN(const Payload array, FromNested(value));
    return ToTensor(array, wanted);
  }
};

}  // namespace

std::optional<double> ParseFloat(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(kSpace) - first + 1);
  std::string digits;  // without underscores and a leading '+', which from_chars does not take
  for (size_t i = text[0] == '+' ? 1 : 0; i < text.size(); ++i) {
    const auto digit_at = [&](size_t at) {
      return at < text.size() && text[at] >= '0' && text[at] <= '9';
    };
    if (text[i] == '_') {
      if (i == 0 || !digit_at(i - 1) || !digit_at(i + 1)) return std::nullopt;
      continue;
    }
    digits.push_back(text[i]);
  }
  if (digits.empty() || (text[0] == '+' && digits[0] == '-')) return std::nullopt;
  if (digits.find('(') != std::string::npos) return std::nullopt;  // "nan(...)"
  double number = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, number);
  if (parsed.ptr != end) return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range) {
    // JSON's scanner tells overflow from underflow.
    const json::Number scanned = json::ScanNumber(digits);
    if (scanned.length != digits.size()) return std::nullopt;
    if (scanned.kind == json::Number::Kind::kDouble) return scanned.real;
    return digits[0] == '-' ? -HUGE_VAL : HUGE_VAL;
  }
  return parsed.ec == std::errc() ? std::optional(number) : std::nullopt;
}

Status ConvertInto(const Tensor& tensor, TensorView into) {
  assert(tensor.shape().elements() == into.shape.elements());
  if (tensor.type() == into.type) {
    CopyElements(ElementsOf(tensor), into);
    return {};
  }
  if (const CastFunction cast = FastCast(tensor.type(), into.type)) {
    cast(tensor, into);
    return {};
  }
  const StoreFunction store = StoreFor(into.type);
  const bool numeric = TypeBits(tensor.type()) >= 8 || tensor.type() == Type::kString;
  const bool complex = tensor.type() == Type::kComplex64 || tensor.type() == Type::kComplex128;
  if (store == nullptr || !numeric || complex) {
    return Fail(Unconvertible(TypeName(tensor.type()), into.type));
  }
  const size_t step = static_cast<size_t>(TypeBits(into.type)) / 8;
  for (int64_t i = 0; i < tensor.shape().elements(); ++i) {
    if (!store(ElementAt(tensor, i), into.bytes.data() + static_cast<size_t>(i) * step)) {
      return Fail(NotA(i, into.type));
    }
  }
  return {};
}

Result<Tensor> Convert(const Tensor& tensor, Type wanted) {
  if (tensor.type() == wanted) return tensor.Clone();
  if (StoreFor(wanted) == nullptr) return Fail(Unconvertible(TypeName(tensor.type()), wanted));
  Tensor converted(wanted, tensor.shape());
  BRINK_TRY(ConvertInto(tensor, converted.view()));
  return converted;
}

Result<Tensor> ToTensor(const Payload& payload, Type wanted) {
  return std::visit(Converter{wanted}, payload);
}

Result<Tensor> ToTensor(Payload&& payload, Type wanted) {
  if (auto* tensors = std::get_if<Tensors>(&payload);
      tensors != nullptr && tensors->items.size() == 1 &&
      tensors->items.front().tensor.type() == wanted) {
    return std::move(tensors->items.front().tensor);
  }
  return std::visit(Converter{wanted}, payload);
}

}  // namespace brink::api
