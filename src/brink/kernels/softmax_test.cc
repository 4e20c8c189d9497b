#include "brink/kernels/softmax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "brink/kernels/random_problem.h"
#include "brink/kernels/reference/softmax.h"

namespace brink::kernels {
namespace {

TEST(Softmax, ExtremesKeepTheirMeaning) {
  ForEachTarget([](const std::string& target) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    std::vector<float> row(19, -kInfinity);
    row[3] = 90;
    row[18] = -20;
    Softmax({1, std::ssize(row)}, 1.0F, row.data(), row.data(), {});
    for (size_t i = 0; i < row.size(); ++i) EXPECT_EQ(row[i], i == 3 ? 1.0F : 0.0F) << target;
    row[7] = std::nanf("");
    Softmax({1, std::ssize(row)}, 1.0F, row.data(), row.data(), {});
    EXPECT_TRUE(std::ranges::all_of(row, [](float x) { return std::isnan(x); })) << target;
  });
}

TEST(Softmax, AgreesWithTheReferenceAndSumsToOne) {
  ForEachTarget([](const std::string& target) {
    Random random(41);
    for (int i = 0; i < 80; ++i) {
      // Of the shortest rows a vector of each column is taken.
      const bool pairs = random.Chance(20);
      const SoftmaxShape shape{pairs ? random.Int(1, 70) : random.Int(1, 9),
                               pairs               ? random.Int(2, 3)
                               : random.Chance(20) ? 3000
                                                   : random.Int(1, 70)};
      const float beta = random.Chance(50) ? 1.0F : random.Float(-0.5F, 3.0F);
      auto input = random.Floats(shape.rows * shape.depth, -30, 30);
      std::vector<float> want(input.size()), got(input.size());
      reference::Softmax(shape, beta, input.data(), want.data());
      Softmax(shape, beta, input.data(), got.data(), Backwards(2));
      for (size_t at = 0; at < want.size(); ++at) {
        ASSERT_NEAR(got[at], want[at], 1e-6F + 1e-5F * want[at]) << target;
      }
      EXPECT_NEAR(std::accumulate(got.begin(), got.begin() + shape.depth, 0.0), 1.0, 1e-5);
      Softmax(shape, beta, input.data(), input.data(), {});
      EXPECT_EQ(input, got) << "in place";
    }
  });
}

template <class T>
void ExpectCloseToReal(Affine output) {
  Random random(42);
  const SoftmaxShape shape{5, 37};
  const auto input = random.Bytes<T>(shape.rows * shape.depth);
  const float scale = 0.05F;
  std::vector<float> real(input.size()), want(input.size());
  for (size_t i = 0; i < input.size(); ++i) real[i] = scale * static_cast<float>(input[i]);
  reference::Softmax(shape, 1.0F, real.data(), want.data());
  std::vector<T> got(input.size());
  const QuantizedSoftmax softmax = MakeQuantizedSoftmax(1.0F, scale, output);
  Softmax(softmax, {shape, input.data(), got.data()}, Backwards(2));
  for (size_t i = 0; i < input.size(); ++i) {
    EXPECT_NEAR(output.scale * static_cast<float>(got[i] - output.zero_point), want[i], 0.6F / 256);
  }
}

TEST(Softmax, QuantizedSoftmaxIsTheRealOneRounded) {
  ExpectCloseToReal<int8_t>({1.0F / 256, -128});
  ExpectCloseToReal<uint8_t>({1.0F / 256, 0});
}

template <class T, class Out>
void ExpectTheReference(uint32_t seed) {
  ForEachTarget([&](const std::string& target) {
    Random random(seed);
    for (int i = 0; i < 80 && !testing::Test::HasFailure(); ++i) {
      const SoftmaxShape shape{random.Int(1, 11),
                               random.Chance(20) ? random.Int(71, 1300) : random.Int(1, 70)};
      auto input = random.Bytes<T>(shape.rows * shape.depth);
      // Scales that make no sense too.
      const float scale = random.Chance(80) ? 1.0F / 256 : random.Float(-0.01F, 0.01F);
      const Affine output{random.Chance(5) ? 0.0F : scale,
                          random.Int(std::numeric_limits<Out>::min(), 3)};
      const auto softmax = MakeQuantizedSoftmax(random.Float(-0.1F, 1.0F), 0.1F, output);
      std::vector<Out> want(input.size()), got(input.size());
      const QuantizedSoftmaxArguments<T, Out> arguments{shape, input.data(), got.data()};
      reference::Softmax(softmax,
                         QuantizedSoftmaxArguments<T, Out>{shape, input.data(), want.data()});
      Softmax(softmax, arguments, Backwards(2));
      ASSERT_EQ(got, want) << target << " depth " << shape.depth;
      if constexpr (sizeof(T) == sizeof(Out)) {
        Softmax(softmax, QuantizedSoftmaxArguments<T>{shape, input.data(), input.data()}, {});
        ASSERT_EQ(input, want) << target << " in place";
      }
    }
  });
}

TEST(Softmax, QuantizedSoftmaxIsTheReferenceOnEveryTarget) {
  ExpectTheReference<int8_t, int8_t>(43);
  ExpectTheReference<uint8_t, uint8_t>(44);
  ExpectTheReference<int8_t, int16_t>(45);
  ExpectTheReference<uint8_t, int16_t>(46);
}

}  // namespace
}  // namespace brink::kernels
