#include "brink/kernels/arg_extremum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>
#include <vector>

#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

// The first of the elements that no later one is better than, as TFLite's loop finds it.
template <class T, class Index>
std::vector<Index> Want(Extremum extremum, const ArgProblem& p, const std::vector<T>& input) {
  std::vector<Index> want;
  for (int64_t outer = 0; outer < p.outer; ++outer) {
    for (int64_t inner = 0; inner < p.inner; ++inner) {
      const auto at = [&](int64_t i) {
        return input[static_cast<size_t>((outer * p.extent + i) * p.inner + inner)];
      };
      int64_t best = 0;
      for (int64_t i = 1; i < p.extent; ++i) {
        if (extremum == Extremum::kMax ? at(i) > at(best) : at(i) < at(best)) best = i;
      }
      want.push_back(static_cast<Index>(best));
    }
  }
  return want;
}

template <class T>
std::vector<T> RandomInput(Random& random, int64_t count) {
  if constexpr (std::is_same_v<T, float>) {
    std::vector<float> input = random.Floats(count);
    // Ties, zeros of both signs, infinities and NaNs.
    const float odd[] = {0.0F, -0.0F, 3.0F, -3.0F, HUGE_VALF, -HUGE_VALF, std::nanf("")};
    const int last = random.Int(3, 6);
    for (float& x : input) {
      if (random.Chance(40)) x = odd[random.Int(0, last)];
    }
    return input;
  } else {
    std::vector<T> input = random.Bytes<T>(count);
    if (random.Chance(50)) {
      for (T& x : input) x = static_cast<T>(x / 40);
    }
    return input;
  }
}

template <class T, class Index>
void ExpectFirstOfTheBest(uint32_t seed) {
  ForEachTarget([&](const std::string& target) {
    Random random(seed);
    for (int i = 0; i < 200 && !testing::Test::HasFailure(); ++i) {
      const ArgProblem p{random.Int(0, 5),
                         random.Chance(80) ? random.Int(1, 40) : random.Int(41, 300),
                         random.Chance(80) ? 1 : random.Int(2, 5)};
      const auto input = RandomInput<T>(random, p.outer * p.extent * p.inner);
      for (const Extremum extremum : {Extremum::kMax, Extremum::kMin}) {
        std::vector<Index> got(static_cast<size_t>(p.outer * p.inner));
        ArgExtremum(extremum, p, input.data(), got.data());
        ASSERT_EQ(got, (Want<T, Index>(extremum, p, input))) << target << " of " << p.extent;
      }
    }
  });
}

TEST(ArgExtremum, IsTheFirstOfTheBestOnEveryTarget) {
  ExpectFirstOfTheBest<float, int32_t>(171);
  ExpectFirstOfTheBest<float, int64_t>(172);
  ExpectFirstOfTheBest<int8_t, int32_t>(173);
  ExpectFirstOfTheBest<uint8_t, int64_t>(174);
  ExpectFirstOfTheBest<int16_t, int32_t>(175);
}

// As a sort of all gives them.
template <class T>
void ExpectTheLargest(uint32_t seed) {
  Random random(seed);
  for (int i = 0; i < 200 && !testing::Test::HasFailure(); ++i) {
    TopProblem p{random.Int(1, 3), random.Chance(70) ? random.Int(1, 40) : random.Int(41, 900), 0};
    p.k = random.Int(0, static_cast<int>(std::min<int64_t>(p.row, 60)));
    const auto input = RandomInput<T>(random, p.rows * p.row);
    std::vector<T> values(static_cast<size_t>(p.rows * p.k));
    std::vector<int32_t> indices(values.size());
    std::vector<int64_t> order(static_cast<size_t>(p.k));
    TopK(p, input.data(), values.data(), indices.data(), order.data());
    for (int64_t r = 0; r < p.rows; ++r) {
      const T* row = input.data() + r * p.row;
      std::vector<int32_t> want(static_cast<size_t>(p.row));
      std::iota(want.begin(), want.end(), 0);
      std::stable_sort(want.begin(), want.end(), [row](int32_t a, int32_t b) {
        return row[a] > row[b] || (row[a] == row[a] && row[b] != row[b]);
      });
      for (int64_t k = 0; k < p.k; ++k) {
        const auto at = static_cast<size_t>(r * p.k + k);
        ASSERT_EQ(indices[at], want[static_cast<size_t>(k)]) << p.row << " " << k;
        const T value = row[indices[at]];
        ASSERT_TRUE(values[at] == value || (value != value && values[at] != values[at]));
      }
    }
  }
}

TEST(TopK, AreTheLargestInTheirOrder) {
  ExpectTheLargest<float>(176);
  ExpectTheLargest<int8_t>(177);
  ExpectTheLargest<int16_t>(178);
}

}  // namespace
}  // namespace brink::kernels
