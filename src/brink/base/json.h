// JSON as Seldon's Python peers read and write it: integers keep every digit, NaN and Infinity pass
// when asked for, the last of duplicate keys wins, keys are written sorted, floats print as
// Python's repr does, a lone surrogate ("\ud800") survives: inside it is three bytes of WTF-8.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "brink/base/result.h"

namespace brink::json {

class Value;
using Array = std::vector<Value>;
using Object =
    std::map<std::string, Value, std::less<>>;  // sorted: the order that Python's peers answer in

// An integer that fits neither int64 nor uint64, digit for digit.
struct BigInt {
  std::string digits;
  bool operator==(const BigInt&) const = default;
};

class Value {
 public:
  using Variant = std::variant<std::nullptr_t, bool, int64_t, uint64_t, BigInt, double, std::string,
                               Array, Object>;

  Value() : value_(nullptr) {}
  Value(std::nullptr_t) : value_(nullptr) {}
  Value(bool b) : value_(b) {}
  Value(int n) : value_(int64_t{n}) {}
  Value(unsigned n) : value_(int64_t{n}) {}
  Value(int64_t n) : value_(n) {}
  Value(uint64_t n) : value_(n) {  // held as int64 where that fits
    if (n <= static_cast<uint64_t>(INT64_MAX)) value_ = static_cast<int64_t>(n);
  }
  Value(BigInt n) : value_(std::move(n)) {}
  Value(double d) : value_(d) {}
  Value(const char* s) : value_(std::string(s)) {}
  Value(std::string s) : value_(std::move(s)) {}
  Value(std::string_view s) : value_(std::string(s)) {}
  Value(Array a) : value_(std::move(a)) {}
  Value(Object o) : value_(std::move(o)) {}

  template <class T>
  bool is() const {
    return std::holds_alternative<T>(value_);
  }
  template <class T>
  const T* get() const {  // nullptr when it is something else
    return std::get_if<T>(&value_);
  }
  template <class T>
  T* get() {
    return std::get_if<T>(&value_);
  }
  bool is_null() const { return is<std::nullptr_t>(); }
  bool is_number() const { return value_.index() >= 2 && value_.index() <= 5; }

  // The number as the nearest double (a BigInt beyond the range is infinite), 0 for what is none.
  double ToDouble() const;

  // The member `key` of an object, or nullptr.
  const Value* Find(std::string_view key) const;

  const Variant& variant() const { return value_; }
  bool operator==(const Value&) const = default;

 private:
  Variant value_;
};

struct ParseOptions {
  bool allow_nan = false;  // NaN, Infinity, -Infinity and 1e400, as Python's json module
  int max_depth = 512;
  size_t max_integer_digits = 4300;  // as Python: longer integers are an error
  size_t max_values = 4'000'000;     // of a tree: each takes some 60 bytes where text takes two
};

// The whole of `text` is one JSON value, or an error that says where: "line 1 column 5: ...".
// Errors never repeat the text. Invalid UTF-8 and raw control characters in strings are errors.
Result<Value> Parse(std::string_view text, const ParseOptions& options = {});

struct WriteOptions {
  bool ascii = false;      // escape non-ASCII as \uXXXX
  int indent = 0;          // 0: one line, separators "," and ":"
  bool allow_nan = false;  // else NaN and infinities are written as null
};
std::string Write(const Value& value, const WriteOptions& options = {});
void Append(std::string& out, const Value& value, const WriteOptions& options = {});

// The string with its quotes. Bytes that are no UTF-8 are written as U+FFFD.
void AppendString(std::string& out, std::string_view text, bool ascii);
// Python's repr: "1.0", "1e-07", "1e+16", "NaN", "-Infinity".
void AppendDouble(std::string& out, double number);
// The same into memory; returns its end. Takes at most kMaxDoubleChars.
char* FormatDouble(char* to, double number);
// The fewest digits that tell the float from its neighbours: 0.1f is "0.1".
char* FormatFloat(char* to, float number);
inline constexpr int kMaxDoubleChars = 32;
void AppendInteger(std::string& out, int64_t number);

}  // namespace brink::json
