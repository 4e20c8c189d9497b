// JSON's number grammar, scanned and converted in one pass: the hot loop of every numeric request.
#pragma once

#include <cstdint>
#include <string_view>

namespace brink::json {

struct Number {
  enum class Kind : uint8_t {
    kNone,    // no number starts here
    kInt,     // fits int64: `integer`
    kUInt,    // above INT64_MAX, fits uint64: `integer` reinterpreted
    kBig,     // an integer beyond both; its digits are text[0, length)
    kDouble,  // had a fraction or an exponent: `real`, correctly rounded; overflow gives infinity
  };
  Kind kind = Kind::kNone;
  size_t length = 0;  // characters that the number takes
  int64_t integer = 0;
  double real = 0;
};

// The number at the start of `text`: -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
Number ScanNumber(std::string_view text);

}  // namespace brink::json
