#include "brink/base/json_number.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace brink::json {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What the grammar found: the decimal value is mantissa * 10^exponent where `exact`.
struct Decimal {
  const char* end = nullptr;  // nullptr: no number
  uint64_t mantissa = 0;
  int digits = 0;  // significant ones read into the mantissa
  int64_t exponent = 0;
  bool negative = false;
  bool integer = true;
  bool exact = true;  // no digit was left out of the mantissa
};

constexpr int kMaxDigits = 19;  // as many always fit 64 bits

void Take(Decimal& decimal, char c) {
  if (decimal.digits < kMaxDigits) {
    decimal.mantissa = decimal.mantissa * 10 + static_cast<uint64_t>(c - '0');
    decimal.digits += decimal.mantissa != 0;
  } else {
    decimal.exact = false;
    ++decimal.exponent;
  }
}

// The exponent part after 'e'; returns nullptr when it has no digit. Saturates far beyond any
// double.
const char* ScanExponent(const char* p, const char* end, Decimal& decimal) {
  bool negative = false;
  if (p < end && (*p == '+' || *p == '-')) negative = *p++ == '-';
  if (p == end || !IsDigit(*p)) return nullptr;
  int64_t exponent = 0;
  for (; p < end && IsDigit(*p); ++p) {
    if (exponent < int64_t{1} << 40) exponent = exponent * 10 + (*p - '0');
  }
  decimal.exponent += negative ? -exponent : exponent;
  return p;
}

Decimal ScanDecimal(const char* p, const char* end) {
  Decimal decimal;
  if (p < end && *p == '-') {
    decimal.negative = true;
    ++p;
  }
  if (p == end || !IsDigit(*p)) return decimal;
  if (*p == '0') {
    ++p;
  } else {
    for (; p < end && IsDigit(*p); ++p) Take(decimal, *p);
  }
  if (end - p >= 2 && *p == '.' && IsDigit(p[1])) {
    decimal.integer = false;
    for (++p; p < end && IsDigit(*p); ++p) {
      Take(decimal, *p);
      --decimal.exponent;
    }
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    if (const char* after = ScanExponent(p + 1, end, decimal)) {
      decimal.integer = false;
      p = after;
    }
  }
  decimal.end = p;
  return decimal;
}

// 10^0 .. 10^22 are the powers that a double holds exactly.
constexpr double kExactPower[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

double Convert(const char* begin, const Decimal& decimal) {
  // Both operands are exact, so one operation rounds once (Clinger 1990).
  if (decimal.exact && decimal.mantissa <= uint64_t{1} << 53 && decimal.exponent >= -22 &&
      decimal.exponent <= 22) {
    const auto mantissa = static_cast<double>(decimal.mantissa);
    const double real = decimal.exponent < 0 ? mantissa / kExactPower[-decimal.exponent]
                                             : mantissa * kExactPower[decimal.exponent];
    return decimal.negative ? -real : real;
  }
  double real = 0;
  const auto [_, error] = std::from_chars(begin, decimal.end, real);
  if (error == std::errc::result_out_of_range) {
    // Digits beyond the 19th only shift the exponent, so its sign tells overflow from underflow.
    const bool overflow = decimal.mantissa != 0 && decimal.exponent + decimal.digits > 0;
    real = overflow ? std::numeric_limits<double>::infinity() : 0.0;
    if (decimal.negative) real = -real;
  }
  return real;
}

Number Integer(const char* begin, const Decimal& decimal) {
  Number number;
  number.length = static_cast<size_t>(decimal.end - begin);
  number.kind = Number::Kind::kInt;
  uint64_t magnitude = decimal.mantissa;
  if (!decimal.exact) {
    const char* digits = begin + (decimal.negative ? 1 : 0);
    const auto [_, error] = std::from_chars(digits, decimal.end, magnitude);
    if (error != std::errc()) {
      number.kind = Number::Kind::kBig;
      return number;
    }
  }
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (magnitude > kMax + (decimal.negative ? 1 : 0)) {
    number.kind = decimal.negative ? Number::Kind::kBig : Number::Kind::kUInt;
  }
  number.integer = static_cast<int64_t>(decimal.negative ? ~magnitude + 1 : magnitude);
  return number;
}

}  // namespace

Number ScanNumber(std::string_view text) {
  const Decimal decimal = ScanDecimal(text.data(), text.data() + text.size());
  if (decimal.end == nullptr) return {};
  if (decimal.integer) return Integer(text.data(), decimal);
  Number number;
  number.kind = Number::Kind::kDouble;
  number.length = static_cast<size_t>(decimal.end - text.data());
  number.real = Convert(text.data(), decimal);
  return number;
}

}  // namespace brink::json
