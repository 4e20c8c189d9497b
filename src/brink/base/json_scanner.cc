#include "brink/base/json_scanner.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "brink/base/json_blocks.h"
#include "brink/base/utf8.h"

namespace brink::json {
namespace {

// Characters that a string holds as they are: ASCII from ' ' on, but for '"' and '\\'.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

constexpr uint64_t Repeat(uint8_t byte) { return uint64_t{0x0101010101010101} * byte; }

// Whether one of eight bytes is not plain. A borrow may flag a plain byte above one that is not,
// never hide one: the exact search starts at these eight then.
bool HasSpecial(uint64_t eight) {
  const auto zero_byte = [](uint64_t x) { return (x - Repeat(1)) & ~x; };
  const uint64_t control = eight - Repeat(0x20);
  return ((eight | control | zero_byte(eight ^ Repeat('"')) | zero_byte(eight ^ Repeat('\\'))) &
          Repeat(0x80)) != 0;
}

// From so much text on it is worth to call for vectors.
constexpr size_t kLongText = 64;

constexpr bool IsHighSurrogate(uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
constexpr bool IsLowSurrogate(uint32_t code) { return code >= 0xDC00 && code < 0xE000; }

}  // namespace

tl::unexpected<Error> Scanner::FailHere(std::string_view what) {
  failed_ = true;
  const std::string_view before = text_.substr(0, at_);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t start = before.rfind('\n');
  const size_t column = start == std::string_view::npos ? at_ + 1 : at_ - start;
  return Fail(Code::kInvalidArgument, "line " + std::to_string(line) + " column " +
                                          std::to_string(column) + ": " + std::string(what));
}

Status Scanner::Enter(char bracket) {
  if (!Take(bracket)) return FailHere(std::string("expected '") + bracket + "'");
  if (++depth_ > options_.max_depth) {
    return FailHere("nested deeper than " + std::to_string(options_.max_depth));
  }
  first_ = true;
  return {};
}

Result<bool> Scanner::NextElement() {
  const bool first = first_;
  first_ = false;
  if (Take(']')) {
    --depth_;
    return false;
  }
  if (!first && !Take(',')) return FailHere("expected ',' or ']'");
  return true;
}

Result<const std::string*> Scanner::NextKey() {
  const bool first = first_;
  first_ = false;
  if (Take('}')) {
    --depth_;
    return nullptr;
  }
  if (!first && !Take(',')) return FailHere("expected ',' or '}'");
  if (Peek() != '"') return FailHere("expected a key in double quotes");
  BRINK_TRY(ReadStringInto(key_));
  if (!Take(':')) return FailHere("expected ':' after the key");
  return &key_;
}

Result<std::string> Scanner::ReadString() {
  std::string text;
  BRINK_TRY(ReadStringInto(text));
  return text;
}

// The first character from `from` on that a string does not hold as it is, or the text's end.
size_t Scanner::FindSpecial(size_t from) const {
  if (text_.size() - from >= kLongText)
    from += PlainBlocks(text_.data() + from, text_.size() - from);
  while (text_.size() - from >= 8) {
    uint64_t eight = 0;
    std::memcpy(&eight, text_.data() + from, sizeof eight);
    if (HasSpecial(eight)) break;
    from += 8;
  }
  while (from < text_.size() && kPlain[static_cast<uint8_t>(text_[from])]) ++from;
  return from;
}

Result<std::string_view> Scanner::ReadStringView(std::string& unescaped) {
  if (Peek() == '"') {
    const size_t end = FindSpecial(at_ + 1);
    if (end < text_.size() && text_[end] == '"') {
      const std::string_view view = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return view;
    }
  }
  BRINK_TRY(ReadStringInto(unescaped));
  return std::string_view(unescaped);
}

Status Scanner::ReadStringInto(std::string& out) {
  out.clear();
  if (!Take('"')) return FailHere("expected a string");
  while (at_ < text_.size()) {
    const size_t start = at_;
    at_ = FindSpecial(at_);
    out.append(text_, start, at_ - start);
    if (at_ == text_.size()) break;
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return {};
    }
    if (c == '\\') {
      BRINK_TRY(ReadEscape(out));
      continue;
    }
    if (static_cast<uint8_t>(c) < 0x20) return FailHere("control character in a string");
    const auto length = static_cast<size_t>(utf8::DecodeAt(text_, at_).length);
    if (length == 0) return FailHere("invalid UTF-8");
    out.append(text_, at_, length);
    at_ += length;
  }
  return FailHere("unterminated string");
}

Result<uint32_t> Scanner::ReadHex4() {
  uint32_t code = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      code = code * 16 + static_cast<uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      code = code * 16 + static_cast<uint32_t>(lower - 'a' + 10);
    } else {
      return FailHere("expected four hexadecimal digits");
    }
  }
  return code;
}

Status Scanner::ReadEscape(std::string& out) {
  static constexpr std::string_view kNames = "\"\\/bfnrt";
  static constexpr std::string_view kChars = "\"\\/\b\f\n\r\t";
  const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (c != 'u') {
    const size_t index = c == '\0' ? std::string_view::npos : kNames.find(c);
    if (index == std::string_view::npos) return FailHere("invalid escape");
    out.push_back(kChars[index]);
    at_ += 2;
    return {};
  }
  at_ += 2;
  BRINK_ASSIGN(uint32_t code, ReadHex4());
  if (IsHighSurrogate(code) && text_.substr(at_, 2) == "\\u") {
    const size_t after_high = at_;
    at_ += 2;
    BRINK_ASSIGN(const uint32_t low, ReadHex4());
    if (IsLowSurrogate(low)) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else {
      at_ = after_high;
    }
  }
  utf8::Append(out, code);
  return {};
}

bool Scanner::TakeWord(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

Result<Number> Scanner::ReadNumber() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const char c = Peek();
  Number number = ScanNumber(text_.substr(at_));
  if (number.kind == Number::Kind::kBig && number.length > options_.max_integer_digits) {
    return FailHere("integer of more than " + std::to_string(options_.max_integer_digits) +
                    " digits");
  }
  if (number.kind != Number::Kind::kNone) {
    if (number.kind == Number::Kind::kDouble && !options_.allow_nan &&
        (number.real == kInfinity || number.real == -kInfinity)) {
      return FailHere("number beyond the range of a double");
    }
    at_ += number.length;
    return number;
  }
  if (options_.allow_nan) {
    const size_t start = at_;
    number.kind = Number::Kind::kDouble;
    if (TakeWord("NaN")) {
      number.real = std::numeric_limits<double>::quiet_NaN();
    } else if (TakeWord(c == '-' ? "-Infinity" : "Infinity")) {
      number.real = c == '-' ? -kInfinity : kInfinity;
    }
    number.length = at_ - start;
    if (number.length > 0) return number;
  }
  return FailHere("expected a value");
}

Result<Value> Scanner::ReadNumberValue() {
  const size_t start = (Peek(), at_);
  BRINK_ASSIGN(const Number number, ReadNumber());
  switch (number.kind) {
    case Number::Kind::kInt:
      return Value(number.integer);
    case Number::Kind::kUInt:
      return Value(static_cast<uint64_t>(number.integer));
    case Number::Kind::kBig:
      return Value(BigInt{std::string(text_.substr(start, number.length))});
    default:
      return Value(number.real);
  }
}

Result<Value> Scanner::ReadArray() {
  BRINK_TRY(Enter('['));
  Array array;
  while (true) {
    BRINK_ASSIGN(const bool more, NextElement());
    if (!more) return Value(std::move(array));
    BRINK_ASSIGN(Value element, ReadValue());
    array.push_back(std::move(element));
  }
}

Result<Value> Scanner::ReadObject() {
  BRINK_TRY(Enter('{'));
  Object object;
  while (true) {
    BRINK_ASSIGN(const std::string* found, NextKey());
    if (found == nullptr) return Value(std::move(object));
    std::string key = std::exchange(key_, {});
    BRINK_ASSIGN(Value value, ReadValue());
    object.insert_or_assign(std::move(key), std::move(value));
  }
}

Result<Value> Scanner::ReadValue() {
  if (++values_ > options_.max_values) {
    return FailHere("more than " + std::to_string(options_.max_values) + " values");
  }
  switch (Peek()) {
    case '{':
      return ReadObject();
    case '[':
      return ReadArray();
    case '"': {
      BRINK_ASSIGN(std::string text, ReadString());
      return Value(std::move(text));
    }
    default:
      if (TakeWord("true")) return Value(true);
      if (TakeWord("false")) return Value(false);
      if (TakeWord("null")) return Value(nullptr);
      return ReadNumberValue();
  }
}

Status Scanner::SkipValue() {
  switch (Peek()) {
    case '{': {
      BRINK_TRY(Enter('{'));
      while (true) {
        BRINK_ASSIGN(const std::string* key, NextKey());
        if (key == nullptr) return {};
        BRINK_TRY(SkipValue());
      }
    }
    case '[': {
      BRINK_TRY(Enter('['));
      while (true) {
        BRINK_ASSIGN(const bool more, NextElement());
        if (!more) return {};
        BRINK_TRY(SkipValue());
      }
    }
    case '"':
      return ReadStringInto(key_);
    default:
      if (TakeWord("true") || TakeWord("false") || TakeWord("null")) return {};
      BRINK_TRY(ReadNumber());
      return {};
  }
}

Status Scanner::ExpectEnd() {
  Peek();
  if (at_ != text_.size()) return FailHere("text after the value");
  return {};
}

Result<Value> Parse(std::string_view text, const ParseOptions& options) {
  Scanner scanner(text, options);
  BRINK_ASSIGN(Value value, scanner.ReadValue());
  BRINK_TRY(scanner.ExpectEnd());
  return value;
}

}  // namespace brink::json
