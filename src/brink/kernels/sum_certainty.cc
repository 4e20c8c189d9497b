// Whether estimates of quantised sums, in float32 or of fewer roundings in fixed point, are exact.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "brink/kernels/quantized_elementwise.h"

namespace brink::kernels {
namespace {

double RealOf(Multiplier m) { return std::ldexp(m.value, m.shift - 31); }

// An estimate is a * a_factor + b * b_factor + offset, which differs from the real sum's result by
// little: fixed point gives another one only near a tie. The pairs of bytes there are few, and all
// are tried.
class SumOfBytes {
 public:
  SumOfBytes(const QuantizedAdd& add, bool is_signed)
      : add_(add),
        first_(is_signed ? -128 : 0),
        a_factor_(Factor(add.a)),
        b_factor_(Factor(add.b)),
        offset_(add.output_zero_point - add.a_zero_point * a_factor_ -
                add.b_zero_point * b_factor_) {}

  // What moves the offset by less lets no other pair come near a tie.
  static constexpr double kMostMove = 0x1p-14;
  static constexpr double kMostDoubt = 0x1p-9;

  // Whether estimates are near enough to the real results to tell which pairs are near a tie.
  bool IsNear() const {
    const double largest = kBytes * (std::abs(a_factor_) + std::abs(b_factor_)) + std::abs(offset_);
    return Doubt() < kMostDoubt && largest < 0x1p30;
  }

  struct Pair {
    int a, b;
    int32_t exact;
  };
  // The pairs near a tie, unless they are too many: of each second byte those first ones whose part
  // of the sum has the places behind the point that bring it there.
  std::optional<std::vector<Pair>> PairsNearTies() const {
    constexpr size_t kMost = 1024;
    const Parts parts(*this);
    const double doubt = Doubt();
    std::vector<Pair> pairs;
    for (int b = first_; b < first_ + kBytes; ++b) {
      const double wanted = Places(0.5 - b * b_factor_);
      parts.ForEachNear(wanted, [&](int index, double places) {
        const double apart = std::abs(places - wanted);
        if (std::min(apart, 1 - apart) > doubt) return;
        const int a = first_ + index;
        pairs.push_back({a, b, Exact(a, b)});
      });
      if (pairs.size() > kMost) return std::nullopt;
    }
    return pairs;
  }

  // The offset in the middle of those that are right for the pairs' real sums; NaN where none is.
  double Middle(const std::vector<Pair>& pairs) const {
    double least = -kMostMove;
    double most = kMostMove;
    for (const Pair& pair : pairs) {
      const double real = pair.a * double{a()} + pair.b * double{b()} + offset_;
      if (pair.exact > add_.range.low) least = std::max(least, pair.exact - 0.5 - real);
      if (pair.exact < add_.range.high) most = std::min(most, pair.exact + 0.5 - real);
    }
    return least < most ? offset_ + (least + most) / 2 : std::nan("");
  }

  // Whether the estimate gives the pair's result, its products and sums fused or not.
  bool IsExact(const Pair& pair, float offset) const {
    const auto gives = [&](float value) {
      return std::clamp(static_cast<int32_t>(std::nearbyint(value)), add_.range.low,
                        add_.range.high) == pair.exact;
    };
    const auto x = static_cast<float>(pair.a);
    const auto y = static_cast<float>(pair.b);
    const float part = y * b() + offset;
    return gives(std::fma(x, a(), std::fma(y, b(), offset))) && gives(x * a() + part);
  }

  // The short sum that is right for the pairs, if there is one.
  std::optional<ShortSum> Short(const std::vector<Pair>& pairs) const {
    for (const int fraction : {ShortSum::kWideFraction, ShortSum::kNarrowFraction}) {
      const double factor = std::ldexp(1, fraction + kDropped + 7);
      const double a = std::nearbyint(a_factor_ * factor);
      const double b = std::nearbyint(b_factor_ * factor);
      if (std::abs(a) >= 0x1p31 || std::abs(b) >= 0x1p31) continue;
      ShortSum sum;
      sum.a = static_cast<int32_t>(a);
      sum.b = static_cast<int32_t>(b);
      sum.fraction = fraction;
      const int64_t offset = std::llround(std::ldexp(offset_, fraction + kDropped));
      if (!Holds(sum, offset)) continue;
      return WithOffset(sum, offset, pairs);
    }
    return std::nullopt;
  }

 private:
  static constexpr int kBytes = 256;
  static constexpr int kDropped = 16;  // bits of a short sum that narrowing drops

  static int64_t Part(int byte, int32_t factor) {
    return RoundingDoublingHighMul(static_cast<int32_t>(static_cast<uint32_t>(byte) << 24), factor);
  }
  static int64_t Of(const ShortSum& sum, int a, int b) { return Part(a, sum.a) + Part(b, sum.b); }
  // Whether 32 bits hold the sums of any bytes with about that offset.
  bool Holds(const ShortSum& sum, int64_t offset) const {
    const int last = first_ + kBytes - 1;
    for (const int a : {first_, last}) {
      for (const int b : {first_, last}) {
        if (std::abs(Of(sum, a, b)) + std::abs(offset) >= 0x7fff0000) return false;
      }
    }
    return true;
  }
  // With the offset in the middle of those that are right for the pairs.
  std::optional<ShortSum> WithOffset(ShortSum sum, int64_t offset,
                                     const std::vector<Pair>& pairs) const {
    const int64_t one = int64_t{1} << (sum.fraction + kDropped);
    const auto move = static_cast<int64_t>(static_cast<double>(one) * kMostMove);
    int64_t least = offset - move;
    int64_t most = offset + move;
    for (const Pair& pair : pairs) {
      const int64_t missing = pair.exact * one - one / 2 - Of(sum, pair.a, pair.b);
      if (pair.exact > add_.range.low) least = std::max(least, missing);
      if (pair.exact < add_.range.high) most = std::min(most, missing + one - 1);
    }
    if (least > most) return std::nullopt;
    sum.offset = static_cast<int32_t>(least + (most - least) / 2);
    return sum;
  }

  double Factor(Multiplier m) const { return RealOf(m) * RealOf(add_.output) * (1 << 20); }
  float a() const { return static_cast<float>(a_factor_); }
  float b() const { return static_cast<float>(b_factor_); }

  // Either addend of fixed point is at most one off, in units of the sum, whose multiplication
  // rounds twice; the estimate rounds two factors, their products, the offset and two sums, or
  // as a short sum less.
  double Doubt() const {
    const double most = std::max(-first_, first_ + kBytes - 1);
    const double fixed =
        2 * RealOf(add_.output) + std::ldexp(1, std::min(add_.output.shift, 0) - 1);
    const double rounded =
        4 * most * (std::abs(a_factor_) + std::abs(b_factor_)) + 3 * std::abs(offset_);
    return fixed + 0x1p-24 * 1.01 * rounded + 0x1p-19 + kMostMove;
  }
  // Of a number that 32 bits hold.
  static double Places(double x) {
    const double places = x - static_cast<double>(static_cast<int32_t>(x));
    return places < 0 ? places + 1 : places;
  }

  // The places behind the point of a * a_factor + offset for each a, in buckets.
  class Parts {
   public:
    explicit Parts(const SumOfBytes& sum) {
      heads_.fill(kNone);
      for (int i = 0; i < kBytes; ++i) {
        const auto at = static_cast<size_t>(i);
        places_[at] = Places((sum.first_ + i) * sum.a_factor_ + sum.offset_);
        int16_t& head = heads_[BucketOf(places_[at])];
        next_[at] = head;
        head = static_cast<int16_t>(i);
      }
    }
    // All within a bucket's width of `places`, and some more.
    template <class Body>
    void ForEachNear(double places, Body body) const {
      const size_t bucket = BucketOf(places);
      for (const size_t by : {size_t{0}, size_t{1}, kBuckets - 1}) {
        for (int16_t i = heads_[(bucket + by) % kBuckets]; i != kNone;
             i = next_[static_cast<size_t>(i)])
          body(i, places_[static_cast<size_t>(i)]);
      }
    }

   private:
    static constexpr size_t kBuckets = 512;
    static constexpr int16_t kNone = -1;
    static_assert(1.0 / kBuckets >= kMostDoubt);
    static size_t BucketOf(double places) {
      return std::min(static_cast<size_t>(places * kBuckets), kBuckets - 1);
    }

    std::array<int16_t, kBuckets> heads_;
    std::array<int16_t, kBytes> next_;
    std::array<double, kBytes> places_;
  };

  int32_t Exact(int32_t a, int32_t b) const {
    constexpr int32_t kUnit = 1 << 20;
    const int32_t x = MultiplyByMultiplier((a - add_.a_zero_point) * kUnit, add_.a);
    const int32_t y = MultiplyByMultiplier((b - add_.b_zero_point) * kUnit, add_.b);
    const int32_t sum = MultiplyByMultiplier(x + y, add_.output) + add_.output_zero_point;
    return std::clamp(sum, add_.range.low, add_.range.high);
  }

  const QuantizedAdd& add_;
  int first_;
  double a_factor_, b_factor_, offset_;
};

}  // namespace

void FindCertainty(QuantizedAdd& add, bool is_signed) {
#if defined(__x86_64__)
  constexpr bool kShort = false;
#else
  constexpr bool kShort = true;
#endif
  if (kShort && !is_signed) return;
  const auto is_byte = [](int32_t value) { return value >= -128 && value <= 255; };
  if (!is_byte(add.range.low) || !is_byte(add.range.high)) return;
  if (!is_byte(add.a_zero_point) || !is_byte(add.b_zero_point)) return;
  if (add.output.value <= 0 || !is_byte(add.output_zero_point)) return;
  const SumOfBytes sum(add, is_signed);
  if (!sum.IsNear()) return;
  const auto pairs = sum.PairsNearTies();
  if (!pairs) return;
  if constexpr (kShort) {
    const auto short_sum = sum.Short(*pairs);
    add.certain = short_sum.has_value();
    add.short_sum = short_sum.value_or(ShortSum());
    return;
  }
  const auto offset = static_cast<float>(sum.Middle(*pairs));
  if (std::isnan(offset)) return;
  const auto exact = [&](const SumOfBytes::Pair& pair) { return sum.IsExact(pair, offset); };
  add.certain = std::all_of(pairs->begin(), pairs->end(), exact);
  add.offset = offset;
}

}  // namespace brink::kernels
