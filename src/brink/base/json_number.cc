#include "brink/base/json_number.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace brink::json {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What the grammar found: the decimal value is mantissa * 10^exponent where `exact`.
struct Decimal {
  const char* end = nullptr;  // nullptr: no number
  uint64_t mantissa = 0;
  int digits = 0;  // read into the mantissa, zeros after the point among them
  int64_t exponent = 0;
  bool negative = false;
  bool integer = true;
  bool exact = true;  // no digit was left out of the mantissa
};

constexpr int kMaxDigits = 19;  // as many always fit 64 bits

constexpr uint64_t Repeat(uint8_t byte) { return uint64_t{0x0101010101010101} * byte; }

// Eight ASCII digits at once, the first in the lowest byte. Source: D. Lemire, "Quickly parsing
// eight digits" (2018).
bool AreDigits(uint64_t eight) {
  return ((eight & Repeat(0xF0)) | ((eight + Repeat(0x06)) & Repeat(0xF0)) >> 4) == Repeat(0x33);
}
uint64_t ValueOfDigits(uint64_t eight) {
  eight -= Repeat('0');
  eight = eight * 10 + (eight >> 8);  // pairs
  constexpr uint64_t kMask = 0x000000FF000000FF;
  return static_cast<uint32_t>(((eight & kMask) * (100 + (uint64_t{1000000} << 32)) +
                                (eight >> 16 & kMask) * (1 + (uint64_t{10000} << 32))) >>
                               32);
}

// Reads digits up to the first character that is none. Inline: a number's two calls of it are most
// of what a long array costs.
[[gnu::always_inline]] inline const char* TakeDigits(const char* p, const char* end,
                                                     Decimal& decimal) {
  uint64_t mantissa = decimal.mantissa;
  int digits = decimal.digits;
  if constexpr (std::endian::native == std::endian::little) {
    while (end - p >= 8 && digits <= kMaxDigits - 8) {
      uint64_t eight = 0;
      std::memcpy(&eight, p, sizeof eight);
      if (!AreDigits(eight)) break;
      mantissa = mantissa * 100'000'000 + ValueOfDigits(eight);
      digits += 8;
      p += 8;
    }
  }
  for (; p < end && IsDigit(*p); ++p) {
    if (digits < kMaxDigits) {
      mantissa = mantissa * 10 + static_cast<uint64_t>(*p - '0');
      ++digits;
    } else {
      decimal.exact = false;
      ++decimal.exponent;
    }
  }
  decimal.mantissa = mantissa;
  decimal.digits = digits;
  return p;
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
    p = TakeDigits(p, end, decimal);
  }
  if (end - p >= 2 && *p == '.' && IsDigit(p[1])) {
    decimal.integer = false;
    const char* first = ++p;
    p = TakeDigits(p, end, decimal);
    decimal.exponent -= p - first;
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

// 5^q scaled to 128 bits with its top bit set: rounded down for q >= 0, up for q < 0.
struct Power {
  uint64_t high = 0;
  uint64_t low = 0;
};
constexpr int kMinPower = -27;  // 5^27 is the last that fits 64 bits
constexpr int kMaxPower = 27;

constexpr Power MakePower(int q) {
  uint64_t power = 1;
  for (int i = 0; i < (q < 0 ? -q : q); ++i) power *= 5;
  if (q >= 0) return {power << std::countl_zero(power), 0};
  // 2^b / power + 1 for the b that gives 128 bits, by long division.
  const int bits = 64 - std::countl_zero(power - 1);  // 2^bits >= power
  Power quotient;
  uint64_t rest = 0;
  for (int bit = bits + 127; bit >= 0; --bit) {
    const bool carry = rest >> 63 != 0;
    rest = rest << 1 | (bit == bits + 127 ? 1 : 0);
    quotient.high = quotient.high << 1 | quotient.low >> 63;
    quotient.low <<= 1;
    if (carry || rest >= power) {
      rest -= power;
      quotient.low |= 1;
    }
  }
  if (++quotient.low == 0) ++quotient.high;
  return quotient;
}

constexpr auto kPowers = [] {
  std::array<Power, kMaxPower - kMinPower + 1> powers{};
  for (int q = kMinPower; q <= kMaxPower; ++q)
    powers[static_cast<size_t>(q - kMinPower)] = MakePower(q);
  return powers;
}();

Power Multiply(uint64_t a, uint64_t b) {
#ifdef __SIZEOF_INT128__
  const auto product = static_cast<unsigned __int128>(a) * b;
  return {static_cast<uint64_t>(product >> 64), static_cast<uint64_t>(product)};
#else
  const uint64_t a_low = a & 0xFFFFFFFF, a_high = a >> 32;
  const uint64_t b_low = b & 0xFFFFFFFF, b_high = b >> 32;
  const uint64_t low = a_low * b_low;
  const uint64_t middle = a_high * b_low + (low >> 32);
  const uint64_t carry = (middle & 0xFFFFFFFF) + a_low * b_high;
  return {a_high * b_high + (middle >> 32) + (carry >> 32), carry << 32 | (low & 0xFFFFFFFF)};
#endif
}

// mantissa * 10^q, correctly rounded, for mantissa > 0 and q in [kMinPower, kMaxPower]. Source:
// D. Lemire, "Number parsing at a gigabyte per second" (2021), sections 5 to 8; in this range of q
// the result is always exact and never subnormal.
double ScaleByPowerOf10(uint64_t mantissa, int q) {
  const int zeros = std::countl_zero(mantissa);
  mantissa <<= zeros;
  const Power& power = kPowers[static_cast<size_t>(q - kMinPower)];
  Power product = Multiply(mantissa, power.high);
  if ((product.high & 0x1FF) == 0x1FF) {
    const uint64_t more = Multiply(mantissa, power.low).high;
    product.low += more;
    if (product.low < more) ++product.high;
  }
  const auto top = static_cast<int>(product.high >> 63);
  const int shift = top + 64 - 52 - 3;
  uint64_t bits = product.high >> shift;  // 54 of them: one to round
  int exponent = (((152170 + 65536) * q) >> 16) + 63 + top - zeros + 1023;
  const bool tie =
      product.low <= 1 && q >= -4 && q <= 23 && (bits & 3) == 1 && bits << shift == product.high;
  if (tie) bits &= ~uint64_t{1};
  bits = (bits + (bits & 1)) >> 1;
  if (bits >> 53 != 0) {
    bits >>= 1;
    ++exponent;
  }
  constexpr uint64_t kFraction = (uint64_t{1} << 52) - 1;
  return std::bit_cast<double>((bits & kFraction) | static_cast<uint64_t>(exponent) << 52);
}

double Convert(const char* begin, const Decimal& decimal) {
  if (decimal.exact && decimal.exponent >= kMinPower && decimal.exponent <= kMaxPower) {
    const double real =
        decimal.mantissa == 0
            ? 0.0
            : ScaleByPowerOf10(decimal.mantissa, static_cast<int>(decimal.exponent));
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
