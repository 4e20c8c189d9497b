#include "brink/base/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "brink/base/json_number.h"
#include "brink/base/utf8.h"

namespace brink::json {
namespace {

void AppendHex4(std::string& out, uint32_t code) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[code >> shift & 0xF]);
}

void AppendEscaped(std::string& out, uint32_t code) {
  switch (code) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (code >= 0x10000) {
    AppendHex4(out, 0xD800 + ((code - 0x10000) >> 10));
    AppendHex4(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
  } else {
    AppendHex4(out, code);
  }
}

bool IsPlain(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\';
}

class Writer {
 public:
  Writer(std::string& out, const WriteOptions& options) : out_(out), options_(options) {}

  void Put(const Value& value) {
    std::visit([this](const auto& held) { PutHeld(held); }, value.variant());
  }

 private:
  void PutHeld(std::nullptr_t) { out_ += "null"; }
  void PutHeld(bool b) { out_ += b ? "true" : "false"; }
  void PutHeld(int64_t n) { AppendInteger(out_, n); }
  void PutHeld(uint64_t n) { out_ += std::to_string(n); }
  void PutHeld(const BigInt& n) { out_ += n.digits; }
  void PutHeld(double d) {
    if (options_.allow_nan || std::isfinite(d)) {
      AppendDouble(out_, d);
    } else {
      out_ += "null";
    }
  }
  void PutHeld(const std::string& text) { AppendString(out_, text, options_.ascii); }
  void PutHeld(const Array& array) {
    Open('[');
    for (const Value& element : array) {
      Separate(&element == &array.front());
      Put(element);
    }
    Close(']', array.empty());
  }
  void PutHeld(const Object& object) {
    Open('{');
    bool first = true;
    for (const auto& [key, value] : object) {
      Separate(first);
      first = false;
      AppendString(out_, key, options_.ascii);
      out_ += options_.indent > 0 ? ": " : ":";
      Put(value);
    }
    Close('}', object.empty());
  }

  void Open(char bracket) {
    out_.push_back(bracket);
    ++depth_;
  }
  void Separate(bool first) {
    if (!first) out_.push_back(',');
    if (options_.indent > 0) NewLine();
  }
  void Close(char bracket, bool empty) {
    --depth_;
    if (options_.indent > 0 && !empty) NewLine();
    out_.push_back(bracket);
  }
  void NewLine() {
    out_.push_back('\n');
    out_.append(static_cast<size_t>(depth_ * options_.indent), ' ');
  }

  std::string& out_;
  const WriteOptions& options_;
  int depth_ = 0;
};

char* Put(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* PutZeros(char* to, int count) {
  std::memset(to, '0', static_cast<size_t>(count));
  return to + count;
}

// The digits of std::to_chars' shortest scientific form "d.ddde-XX", laid out as Python's repr:
// plain while the exponent is in [-4, 16), else "d.dde-XX" with at least two exponent digits.
char* PutRepr(char* to, std::string_view digits, int exponent) {
  const auto count = static_cast<int>(digits.size());
  if (exponent >= 16 || exponent < -4) {
    *to++ = digits[0];
    if (count > 1) to = Put(Put(to, "."), digits.substr(1));
    to = Put(to, exponent < 0 ? "e-" : "e+");
    const int magnitude = std::abs(exponent);
    if (magnitude < 10) *to++ = '0';
    return std::to_chars(to, to + 3, magnitude).ptr;
  }
  if (exponent < 0) return Put(PutZeros(Put(to, "0."), -exponent - 1), digits);
  if (exponent + 1 >= count) return Put(PutZeros(Put(to, digits), exponent + 1 - count), ".0");
  const auto whole = static_cast<size_t>(exponent) + 1;
  return Put(Put(Put(to, digits.substr(0, whole)), "."), digits.substr(whole));
}

template <class Float>
char* Format(char* to, Float number) {
  if (std::isnan(number)) return Put(to, "NaN");
  if (std::signbit(number)) *to++ = '-';
  if (std::isinf(number)) return Put(to, "Infinity");
  std::array<char, kMaxDoubleChars> buffer;
  const auto [end, _] = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                      std::fabs(number), std::chars_format::scientific);
  // "d.ddde-XX" becomes "dddd" and XX.
  const char* mark = end - 4;
  if (*mark != 'e') --mark;
  int exponent = 0;
  for (const char* digit = mark + 2; digit < end; ++digit)
    exponent = exponent * 10 + (*digit - '0');
  if (mark[1] == '-') exponent = -exponent;
  const auto length = static_cast<size_t>(mark - buffer.data());
  buffer[1] = buffer[0];  // over the point, so that the digits lie side by side
  const size_t first = length > 1 ? 1 : 0;
  return PutRepr(to, {buffer.data() + first, length - first}, exponent);
}

}  // namespace

double Value::ToDouble() const {
  if (const auto* n = get<int64_t>()) return static_cast<double>(*n);
  if (const auto* n = get<uint64_t>()) return static_cast<double>(*n);
  if (const auto* d = get<double>()) return *d;
  if (const auto* big = get<BigInt>()) return ScanNumber(big->digits + ".0").real;
  return 0;
}

const Value* Value::Find(std::string_view key) const {
  const auto* object = get<Object>();
  if (object == nullptr) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &found->second;
}

std::string Write(const Value& value, const WriteOptions& options) {
  std::string out;
  Append(out, value, options);
  return out;
}

void Append(std::string& out, const Value& value, const WriteOptions& options) {
  Writer(out, options).Put(value);
}

void AppendString(std::string& out, std::string_view text, bool ascii) {
  out.push_back('"');
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    while (at < text.size() && IsPlain(text[at])) ++at;
    out += text.substr(start, at - start);
    if (at == text.size()) break;
    const utf8::Decoded decoded = utf8::DecodeAt(text, at, /*surrogates=*/true);
    const uint32_t code = decoded.length == 0 ? 0xFFFD : decoded.code_point;
    at += decoded.length == 0 ? 1 : static_cast<size_t>(decoded.length);
    const bool surrogate = code >= 0xD800 && code < 0xE000;
    if (code < 0x20 || code == '"' || code == '\\' || surrogate || (ascii && code >= 0x7F)) {
      AppendEscaped(out, code);
    } else {
      utf8::Append(out, code);
    }
  }
  out.push_back('"');
}

void AppendDouble(std::string& out, double number) {
  std::array<char, kMaxDoubleChars> buffer;
  out.append(buffer.data(), FormatDouble(buffer.data(), number));
}

char* FormatDouble(char* to, double number) { return Format(to, number); }
char* FormatFloat(char* to, float number) { return Format(to, number); }

void AppendInteger(std::string& out, int64_t number) {
  std::array<char, 24> buffer;
  const auto [end, _] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  out.append(buffer.data(), end);
}

}  // namespace brink::json
