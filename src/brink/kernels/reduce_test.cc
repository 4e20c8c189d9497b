#include "brink/kernels/reduce.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

ReduceProblem RandomReduction(Random& random) {
  ReduceProblem p;
  const int rank = random.Int(0, 6);
  const int long_axis = random.Int(0, 2 * rank);  // often none
  for (int i = 0; i < rank; ++i) {
    const int length = random.Chance(20) ? random.Int(100, 300) : random.Int(9, 40);
    p.input.Append(i == long_axis ? length : random.Int(1, 4));
    p.reduced[static_cast<size_t>(i)] = random.Chance(50);
  }
  return p;
}

// What is reduced to each output, in order.
template <class T>
std::vector<std::vector<T>> Groups(const ReduceProblem& p, const std::vector<T>& input) {
  std::vector<std::vector<T>> groups(static_cast<size_t>(p.outputs()));
  for (size_t i = 0; i < input.size(); ++i) {
    auto rest = static_cast<int64_t>(i);
    int64_t offset = 0;
    int64_t step = 1;
    for (int axis = p.input.rank() - 1; axis >= 0; --axis) {
      const int64_t index = rest % p.input[axis];
      rest /= p.input[axis];
      if (p.reduced[static_cast<size_t>(axis)]) continue;
      offset += index * step;
      step *= p.input[axis];
    }
    groups[static_cast<size_t>(offset)].push_back(input[i]);
  }
  return groups;
}

template <class T, class Function>
T Fold(const std::vector<T>& group, T first, Function f) {
  T result = first;
  for (const T value : group) result = static_cast<T>(f(result, value));
  return result;
}

template <class T>
void ExpectExact(uint32_t seed) {
  Random random(seed);
  for (int i = 0; i < 150 && !testing::Test::HasFailure(); ++i) {
    const ReduceProblem p = RandomReduction(random);
    const auto input = random.Bytes<T>(p.input.elements());
    const auto groups = Groups(p, input);
    const auto expect = [&](Reduction reduction, T first, auto f) {
      std::vector<T> got(groups.size());
      Reduce<T>(reduction, p, input.data(), got.data(), Backwards(2));
      for (size_t at = 0; at < groups.size(); ++at)
        ASSERT_EQ(got[at], Fold(groups[at], first, f)) << p.input.ToString();
    };
    using Limits = std::numeric_limits<T>;
    expect(Reduction::kSum, T{0}, [](uint64_t a, uint64_t b) { return a + b; });
    expect(Reduction::kProd, T{1}, [](uint64_t a, uint64_t b) { return a * b; });
    expect(Reduction::kMax, Limits::lowest(), [](T a, T b) { return std::max(a, b); });
    expect(Reduction::kMin, Limits::max(), [](T a, T b) { return std::min(a, b); });
  }
}

TEST(Reduce, IntegersAreExactOverAnyAxes) {
  ExpectExact<int8_t>(151);
  ExpectExact<uint8_t>(152);
  ExpectExact<int16_t>(153);
  ExpectExact<int32_t>(154);
  ExpectExact<int64_t>(155);
}

TEST(Reduce, ExtremaOfBytesAreExactAtEveryWidth) {
  ForEachTarget([](const std::string& target) {
    Random random(163);
    for (int width = 1; width <= 200; ++width) {
      ReduceProblem p{.input = {3, random.Int(1, 9), width}, .reduced = {false, true, false}};
      if (width % 3 == 0) p.reduced = {false, false, true};
      if (width % 16 == 0) p.input = {2, random.Int(65, 300), width};  // several rows a vector
      const auto input = random.Bytes<int8_t>(p.input.elements());
      const auto groups = Groups(p, input);
      std::vector<int8_t> most(groups.size() + 1, 7);
      std::vector<int8_t> least = most;
      Reduce<int8_t>(Reduction::kMax, p, input.data(), most.data(), Backwards(2));
      Reduce<int8_t>(Reduction::kMin, p, input.data(), least.data(), Backwards(2));
      for (size_t at = 0; at < groups.size(); ++at) {
        ASSERT_EQ(most[at], *std::ranges::max_element(groups[at])) << target << p.input.ToString();
        ASSERT_EQ(least[at], *std::ranges::min_element(groups[at])) << target;
      }
      EXPECT_EQ(most.back(), 7);
      EXPECT_EQ(least.back(), 7);
    }
  });
}

TEST(Reduce, FloatsAreCloseOverAnyAxes) {
  ForEachTarget([](const std::string& target) {
    Random random(156);
    for (int i = 0; i < 150 && !testing::Test::HasFailure(); ++i) {
      const ReduceProblem p = RandomReduction(random);
      const auto input = random.Floats(p.input.elements());
      const auto groups = Groups(p, input);
      std::vector<float> sums(groups.size()), means(groups.size()), least(groups.size());
      ReduceFloats(Reduction::kSum, p, input.data(), sums.data(), Backwards(2));
      ReduceFloats(Reduction::kMin, p, input.data(), least.data(), Backwards(2));
      Mean(p, input.data(), means.data(), Backwards(2));
      for (size_t at = 0; at < groups.size(); ++at) {
        double sum = 0;
        double size = 0;
        for (const float value : groups[at]) {
          sum += double{value};
          size += std::abs(double{value});
        }
        ASSERT_NEAR(sums[at], sum, 1e-6 + 5e-7 * size) << target << p.input.ToString();
        ASSERT_NEAR(means[at], sum / static_cast<double>(p.each()), 1e-5) << p.input.ToString();
        ASSERT_EQ(least[at], *std::min_element(groups[at].begin(), groups[at].end()));
      }
    }
  });
}

TEST(Reduce, EveryWidthOfColumnsIsReducedInEveryBlock) {
  ForEachTarget([](const std::string& target) {
    Random random(162);
    for (int width = 1; width <= 280; ++width) {
      ReduceProblem p{.input = {3, 11, width}, .reduced = {false, true, false}};
      if (width % 3 == 0) p.reduced = {false, false, true};
      const auto input = random.Floats(p.input.elements());
      const auto groups = Groups(p, input);
      std::vector<float> sums(groups.size() + 1, -7.0F);
      ReduceFloats(Reduction::kSum, p, input.data(), sums.data(), {});
      for (size_t at = 0; at < groups.size(); ++at) {
        const double sum = std::accumulate(groups[at].begin(), groups[at].end(), 0.0);
        ASSERT_NEAR(sums[at], sum, 1e-6 * width + 1e-5) << target << p.input.ToString();
      }
      EXPECT_EQ(sums.back(), -7.0F);
    }
  });
}

template <class T>
void ExpectQuantized(uint32_t seed) {
  Random random(seed);
  const IntRange range = TypeRange(TypeOf<T>());
  for (int i = 0; i < 150 && !testing::Test::HasFailure(); ++i) {
    const ReduceProblem p = RandomReduction(random);
    const auto input = random.Bytes<T>(p.input.elements());
    const auto groups = Groups(p, input);
    const int zero = sizeof(T) == 2 ? 0 : random.Int(range.low, range.high);
    const Affine from{random.Float(0.01F, 0.2F), zero};
    const Affine to{random.Float(0.01F, 0.2F), sizeof(T) == 2 ? 0 : 3};
    std::vector<T> got(groups.size());
    std::vector<int64_t> sums(groups.size());
    for (const SumKind kind : {SumKind::kSum, SumKind::kMean}) {
      Sum<T>(MakeQuantizedSum(kind, from, to, range, p.each()), p, input.data(), got.data(),
             sums.data());
      for (size_t at = 0; at < groups.size(); ++at) {
        double real = 0;
        for (const T value : groups[at]) real += double{from.scale} * (value - zero);
        if (kind == SumKind::kMean) real /= static_cast<double>(p.each());
        const double want =
            std::clamp(real / double{to.scale} + to.zero_point, static_cast<double>(range.low),
                       static_cast<double>(range.high));
        // Fixed point rounds twice.
        ASSERT_NEAR(got[at], want, 0.8) << p.input.ToString();
      }
    }
  }
}

// TFLite's formula by 64-bit sums.
template <class T>
void ExpectFixedPoint(uint32_t seed, const std::string& target) {
  Random random(seed);
  const IntRange range = TypeRange(TypeOf<T>());
  for (int i = 0; i < 60 && !testing::Test::HasFailure(); ++i) {
    ReduceProblem p{.input = {random.Int(1, 3), random.Int(1, 600), random.Int(1, 200)}};
    p.reduced[0] = random.Chance(30);
    p.reduced[1] = random.Chance(60);
    p.reduced[2] = random.Chance(50);
    auto input = random.Bytes<T>(p.input.elements());
    if (random.Chance(20)) std::fill(input.begin(), input.end(), std::numeric_limits<T>::max());
    const auto groups = Groups(p, input);
    const int zero = random.Int(range.low, range.high);
    const auto sum = MakeQuantizedSum(random.Chance(50) ? SumKind::kSum : SumKind::kMean,
                                      {random.Float(0.01F, 0.2F), zero},
                                      {random.Float(0.01F, 9.0F), 3}, range, p.each());
    std::vector<T> got(groups.size());
    std::vector<int64_t> sums(groups.size());
    Sum<T>(sum, p, input.data(), got.data(), sums.data());
    for (size_t at = 0; at < groups.size(); ++at) {
      int32_t total = 0;
      for (const T value : groups[at]) total += value - zero;
      const int32_t scaled = WrappingAdd(MultiplyByMultiplier(total, sum.output), 3);
      ASSERT_EQ(got[at], std::clamp(scaled, range.low, range.high)) << target << p.input.ToString();
    }
  }
}

// As many rows as 16 bits hold no sums of, of which several are added up as one.
TEST(Reduce, SumsOfManyShortRowsOfBytesDoNotWrap) {
  ForEachTarget([](const std::string& target) {
    for (const int64_t width : {16, 24, 32, 40}) {
      const ReduceProblem p{.input = {2, 3001, width}, .reduced = {false, true, false}};
      std::vector<uint8_t> input(static_cast<size_t>(p.input.elements()), 255);
      input.back() = 0;
      const auto sum = MakeQuantizedSum(SumKind::kMean, {1, 0}, {0.5F, -300}, {-9999, 9999}, 3001);
      std::vector<uint8_t> got(static_cast<size_t>(2 * width));
      std::vector<int64_t> sums(got.size());
      Sum<uint8_t>(sum, p, input.data(), got.data(), sums.data());
      for (const uint8_t mean : got) ASSERT_EQ(mean, 2 * 255 - 300) << target << " " << width;
    }
  });
}

TEST(Reduce, SumsOfBytesAreTFLitesOnEveryTarget) {
  ForEachTarget([](const std::string& target) {
    ExpectFixedPoint<int8_t>(160, target);
    ExpectFixedPoint<uint8_t>(161, target);
  });
}

TEST(Reduce, QuantisedSumsAndMeansAreTheRealOnesRounded) {
  ExpectQuantized<int8_t>(157);
  ExpectQuantized<uint8_t>(158);
  ExpectQuantized<int16_t>(159);
}

TEST(Reduce, AQuantisedProductIsTheRealOne) {
  const ReduceProblem p{.input = {2, 2}, .reduced = {false, true}};
  const std::vector<int8_t> input = {10, 20, -10, 4};
  std::vector<int8_t> got(2);
  int64_t products[2];
  const auto prod = MakeQuantizedProd({0.5F, 0}, {1.0F, 1}, {-128, 127}, p.each());
  Prod<int8_t>(prod, p, input.data(), got.data(), products);
  EXPECT_EQ(got, (std::vector<int8_t>{51, -9}));
}

TEST(Reduce, NothingGivesTheIdentity) {
  const ReduceProblem p{.input = {0, 2}, .reduced = {true, false}};
  std::vector<int32_t> got(2);
  Reduce<int32_t>(Reduction::kProd, p, nullptr, got.data(), {});
  EXPECT_EQ(got, (std::vector<int32_t>{1, 1}));
  std::vector<int64_t> sums(2);
  IntegerMean<int32_t>(p, nullptr, got.data(), sums.data());
  EXPECT_EQ(got, (std::vector<int32_t>{0, 0}));
}

}  // namespace
}  // namespace brink::kernels
