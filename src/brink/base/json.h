// JSON as Seldon's Python peers read and write it: integers keep every digit, NaN and Infinity pass
// when asked for, the last of duplicate keys wins, keys may be written sorted, floats print as
// Python's repr does.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
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
  Value(int64_t n) : value_(n) {}
  Value(uint64_t n) : value_(n) {}  // only above INT64_MAX when parsed
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
  const T* get() const {
    return std::get_if<T>(&value_);
  }  // nullptr when it is something else
  template <class T>
  T* get() {
    return std::get_if<T>(&value_);
  }
  bool is_null() const { return is<std::nullptr_t>(); }

  // The member `key` of an object, or nullptr.
  const Value* Find(std::string_view key) const;

  const Variant& variant() const { return value_; }
  bool operator==(const Value&) const = default;

 private:
  Variant value_;
};

struct ParseOptions {
  bool allow_nan = false;  // NaN, Infinity, -Infinity, as Python's json module
  int max_depth = 512;
};

// The whole of `text` is one JSON value, or an error that names the byte offset: "line 1 column 5:
// ...".
Result<Value> Parse(std::string_view text, const ParseOptions& options = {});

struct WriteOptions {
  bool ascii = false;      // escape non-ASCII as \uXXXX
  int indent = 0;          // 0: one line, separators "," and ":"
  bool allow_nan = false;  // else NaN and infinities are written as null
};
std::string Write(const Value& value, const WriteOptions& options = {});
void AppendString(std::string& out, std::string_view text, bool ascii);
void AppendDouble(std::string& out, double number);  // Python's repr: "1.0", "1e-07", "1e+16"

}  // namespace brink::json
