#include "brink/protocols/seldon_v1/array_writer.h"

#include <algorithm>
#include <charconv>
#include <type_traits>

#include "brink/base/json.h"
#include "brink/tensor/float16.h"

namespace brink::protocols::seldon_v1 {
namespace {

// Writes element `index` at `to`, which has room for json::kMaxDoubleChars; returns the end.
using FormatFunction = char* (*)(char* to, const Tensor& tensor, size_t index);

template <class T, bool kReal>
char* FormatNumber(char* to, const Tensor& tensor, size_t index) {
  const T number = tensor.as<T>()[index];
  if constexpr (std::is_floating_point_v<T> || kReal) {
    return json::FormatDouble(to, static_cast<double>(number));
  } else {
    return std::to_chars(to, to + json::kMaxDoubleChars, number).ptr;
  }
}

template <float (*Widen)(uint16_t)>
char* FormatNarrow(char* to, const Tensor& tensor, size_t index) {
  return json::FormatDouble(to, static_cast<double>(Widen(tensor.as<uint16_t>()[index])));
}

char* FormatBool(char* to, const Tensor& tensor, size_t index) {
  const std::string_view word = tensor.as<bool>()[index] ? "true" : "false";
  return std::copy(word.begin(), word.end(), to);
}

template <class T>
FormatFunction NumberFormat(bool real) {
  return real ? FormatNumber<T, true> : FormatNumber<T, false>;
}

FormatFunction FormatOf(Type type, bool real) {
  switch (type) {
    case Type::kFloat32:
      return NumberFormat<float>(real);
    case Type::kFloat64:
      return NumberFormat<double>(real);
    case Type::kFloat16:
      return FormatNarrow<HalfToFloat>;
    case Type::kBFloat16:
      return FormatNarrow<BFloat16ToFloat>;
    case Type::kInt8:
      return NumberFormat<int8_t>(real);
    case Type::kUInt8:
      return NumberFormat<uint8_t>(real);
    case Type::kInt16:
      return NumberFormat<int16_t>(real);
    case Type::kUInt16:
      return NumberFormat<uint16_t>(real);
    case Type::kInt32:
      return NumberFormat<int32_t>(real);
    case Type::kUInt32:
      return NumberFormat<uint32_t>(real);
    case Type::kUInt64:
      return NumberFormat<uint64_t>(real);
    case Type::kBool:
      return FormatBool;
    default:
      return NumberFormat<int64_t>(real);
  }
}

bool IsReal(Type type) {
  return type == Type::kFloat32 || type == Type::kFloat64 || type == Type::kFloat16 ||
         type == Type::kBFloat16;
}

// Appends elements one after another, as lists of what length they may be.
class Writer {
 public:
  Writer(std::string& out, const Tensor& tensor, bool real)
      : out_(out), tensor_(tensor), format_(FormatOf(tensor.type(), real)) {
    // What most numbers take, so that a long text does not move again and again.
    constexpr size_t kFewNumbers = 1024;
    const auto count = static_cast<size_t>(tensor.shape().elements());
    if (count > kFewNumbers)
      out_.reserve(out_.size() + count * (real || IsReal(tensor.type()) ? 21 : 6));
  }

  // `count` elements from the next on, with commas, without brackets.
  void Elements(int64_t count) {
    if (tensor_.type() == Type::kString) {
      for (int64_t i = 0; i < count; ++i) {
        if (i > 0) out_.push_back(',');
        json::AppendString(out_, tensor_.strings()[next_++], /*ascii=*/true);
      }
      return;
    }
    constexpr int64_t kBlock = 256;
    char block[kBlock * (json::kMaxDoubleChars + 1)];
    for (int64_t done = 0; done < count; done += kBlock) {
      char* to = block;
      for (int64_t i = done; i < std::min(count, done + kBlock); ++i) {
        if (i > 0) *to++ = ',';
        to = format_(to, tensor_, next_++);
      }
      out_.append(block, to);
    }
  }

  void Nested(int depth) {
    const Shape& shape = tensor_.shape();
    if (depth == shape.rank()) {
      Elements(1);
      return;
    }
    out_.push_back('[');
    if (depth == shape.rank() - 1) {
      Elements(shape[depth]);
    } else {
      for (int64_t i = 0; i < shape[depth]; ++i) {
        if (i > 0) out_.push_back(',');
        Nested(depth + 1);
      }
    }
    out_.push_back(']');
  }

 private:
  std::string& out_;
  const Tensor& tensor_;
  FormatFunction format_;
  size_t next_ = 0;
};

}  // namespace

void AppendNested(std::string& out, const Tensor& tensor, bool real) {
  Writer(out, tensor, real).Nested(0);
}

void AppendFlat(std::string& out, const Tensor& tensor, bool real) {
  out.push_back('[');
  Writer(out, tensor, real).Elements(tensor.shape().elements());
  out.push_back(']');
}

void AppendGeneratedNames(std::string& out, int64_t count) {
  out.push_back('[');
  for (int64_t i = 0; i < count; ++i) {
    out += i > 0 ? ",\"t:" : "\"t:";
    json::AppendInteger(out, i);
    out.push_back('"');
  }
  out.push_back(']');
}

}  // namespace brink::protocols::seldon_v1
