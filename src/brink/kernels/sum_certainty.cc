// Whether float32 estimates of quantised sums are exact.
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

// An estimate is a * a_factor + (b * b_factor + offset), which differs from the real sum's result
// by little: fixed point gives another one only near a tie. The pairs of bytes there are few, and
// all are tried.
class SumOfBytes {
 public:
  explicit SumOfBytes(const QuantizedAdd& add)
      : add_(add),
        // Of bytes of either sign where the range does not tell.
        first_(add.range.high > 127 ? 0 : -128),
        count_((add.range.low < 0 ? 127 : 255) - first_ + 1),
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
    float a, b;
    int32_t exact;
  };
  // The pairs near a tie, unless they are too many: of each second byte those first ones whose part
  // of the sum has the places behind the point that bring it there.
  std::optional<std::vector<Pair>> PairsNearTies() const {
    constexpr size_t kMost = 1024;
    const Parts parts(*this);
    const double doubt = Doubt();
    std::vector<Pair> pairs;
    for (int b = first_; b < first_ + count_; ++b) {
      const double wanted = Places(0.5 - b * b_factor_);
      parts.ForEachNear(wanted, [&](int index, double places) {
        const double apart = std::abs(places - wanted);
        if (std::min(apart, 1 - apart) > doubt) return;
        const int a = first_ + index;
        pairs.push_back({static_cast<float>(a), static_cast<float>(b), Exact(a, b)});
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
      const double real = double{pair.a} * double{a()} + double{pair.b} * double{b()} + offset_;
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
    const float product = pair.b * b();
    const float part = product + offset;
    const float other = pair.a * a();
    return gives(std::fma(pair.a, a(), std::fma(pair.b, b(), offset))) && gives(other + part);
  }

 private:
  static constexpr size_t kBytes = 384;  // of either sign

  double Factor(Multiplier m) const { return RealOf(m) * RealOf(add_.output) * (1 << 20); }
  float a() const { return static_cast<float>(a_factor_); }
  float b() const { return static_cast<float>(b_factor_); }

  // Either addend of fixed point is at most one off, in units of the sum, whose multiplication
  // rounds twice; the estimate rounds two factors, their products, the offset and two sums.
  double Doubt() const {
    const double most = std::max(-first_, first_ + count_ - 1);
    const double fixed =
        2 * RealOf(add_.output) + std::ldexp(1, std::min(add_.output.shift, 0) - 1);
    const double rounded =
        4 * most * (std::abs(a_factor_) + std::abs(b_factor_)) + 3 * std::abs(offset_);
    return fixed + 0x1p-24 * 1.01 * rounded + kMostMove;
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
      for (int i = 0; i < sum.count_; ++i) {
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
  int count_;
  double a_factor_, b_factor_, offset_;
};

}  // namespace

void FindCertainty(QuantizedAdd& add) {
#if defined(__x86_64__)
  constexpr bool kUsed = true;
#else
  constexpr bool kUsed = false;  // NEON adds in fixed point itself
#endif
  if (!kUsed) return;
  const auto is_byte = [](int32_t value) { return value >= -128 && value <= 255; };
  if (!is_byte(add.range.low) || !is_byte(add.range.high)) return;
  if (!is_byte(add.a_zero_point) || !is_byte(add.b_zero_point)) return;
  if (add.output.value <= 0 || !is_byte(add.output_zero_point)) return;
  const SumOfBytes sum(add);
  if (!sum.IsNear()) return;
  const auto pairs = sum.PairsNearTies();
  if (!pairs) return;
  const auto offset = static_cast<float>(sum.Middle(*pairs));
  if (std::isnan(offset)) return;
  const auto exact = [&](const SumOfBytes::Pair& pair) { return sum.IsExact(pair, offset); };
  add.certain = std::all_of(pairs->begin(), pairs->end(), exact);
  add.offset = offset;
}

}  // namespace brink::kernels
