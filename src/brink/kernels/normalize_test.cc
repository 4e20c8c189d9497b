#include "brink/kernels/normalize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "brink/kernels/fixed_point.h"
#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

// Calls check(input row, output row) on random rows of many depths.
template <class Run, class Check>
void ForRandomRows(Run run, Check check) {
  ForEachTarget([&](const std::string&) {
    Random random(96);
    for (int i = 0; i < 60 && !testing::Test::HasFailure(); ++i) {
      const SoftmaxShape shape{random.Int(1, 5), random.Int(1, 70)};
      const auto input = random.Floats(shape.rows * shape.depth, -3.0F, 3.0F);
      std::vector<float> output(input.size());
      run(shape, input.data(), output.data(), Backwards(2));
      for (int64_t row = 0; row < shape.rows; ++row) {
        const auto begin = row * shape.depth;
        check(std::vector<float>(input.begin() + begin, input.begin() + begin + shape.depth),
              std::vector<float>(output.begin() + begin, output.begin() + begin + shape.depth));
      }
    }
  });
}

TEST(Normalize, LogSoftmaxIsItsFormula) {
  ForRandomRows([](const auto& shape, const float* in, float* out,
                   const Parallel& p) { LogSoftmax(shape, in, out, p); },
                [](const std::vector<float>& in, const std::vector<float>& out) {
                  double sum = 0;
                  for (const float x : in) sum += std::exp(double{x});
                  for (size_t i = 0; i < in.size(); ++i)
                    ASSERT_NEAR(out[i], in[i] - std::log(sum), 3e-6);
                });
}

TEST(Normalize, L2IsItsFormula) {
  ForRandomRows([](const auto& shape, const float* in, float* out,
                   const Parallel& p) { L2Normalize(shape, in, out, p); },
                [](const std::vector<float>& in, const std::vector<float>& out) {
                  double sum = 0;
                  for (const float x : in) sum += double{x} * double{x};
                  for (size_t i = 0; i < in.size(); ++i)
                    ASSERT_NEAR(out[i], in[i] / std::sqrt(sum), 1e-6);
                });
}

TEST(Normalize, LocalResponseIsItsFormula) {
  ForRandomRows(
      [](const auto& shape, const float* in, float* out, const Parallel& p) {
        LocalResponseNormalize({2, 1.5F, 0.3F, 0.75F}, shape, in, out, p);
      },
      [](const std::vector<float>& in, const std::vector<float>& out) {
        const auto size = static_cast<int>(in.size());
        for (int c = 0; c < size; ++c) {
          double sum = 0;
          for (int i = std::max(0, c - 2); i <= std::min(size - 1, c + 2); ++i) {
            sum += double{in[static_cast<size_t>(i)]} * double{in[static_cast<size_t>(i)]};
          }
          const auto at = static_cast<size_t>(c);
          ASSERT_NEAR(out[at], in[at] * std::pow(1.5 + 0.3 * sum, -0.75), 2e-6);
        }
      });
}

TEST(Normalize, InverseSquareRootIsAccurate) {
  for (const int32_t x : {1, 2, 3, 100, 65535, 1 << 29, INT32_MAX}) {
    const Multiplier m = InverseSquareRoot(x);
    EXPECT_NEAR(m.value * std::ldexp(1.0, m.shift - 31), 1 / std::sqrt(static_cast<double>(x)),
                1e-6);
  }
}

template <class T>
void ExpectQuantizedRows(int32_t zero_point) {
  Random random(97);
  const SoftmaxShape shape{30, 19};
  const auto input = random.Bytes<T>(shape.rows * shape.depth);
  std::vector<T> output(input.size());
  L2Normalize(zero_point, QuantizedSoftmaxArguments<T>{shape, input.data(), output.data()},
              Backwards(2));
  const int32_t middle = std::is_signed_v<T> ? 0 : 128;
  const float scale = 0.03F;
  std::vector<T> logs(input.size());
  const int32_t most = std::is_signed_v<T> ? 127 : 255;
  LogSoftmax(MakeQuantizedSoftmax(1.0F, scale, {16.0F / 256, most}), scale,
             QuantizedSoftmaxArguments<T>{shape, input.data(), logs.data()}, Backwards(2));
  for (size_t row = 0; row < 30; ++row) {
    double squares = 0;
    double exps = 0;
    for (size_t i = row * 19; i < row * 19 + 19; ++i) {
      squares += std::pow(input[i] - zero_point, 2);
      exps += std::exp(double{scale} * input[i]);
    }
    for (size_t i = row * 19; i < row * 19 + 19; ++i) {
      const double root = 128 * (input[i] - zero_point) / std::sqrt(squares) + middle;
      ASSERT_NEAR(output[i], std::min(root, static_cast<double>(most)), 1.01);
      const double logarithm = 16 * (double{scale} * input[i] - std::log(exps)) + most;
      ASSERT_NEAR(logs[i], logarithm, 0.51);
    }
  }
}

// By the definition.
template <class T>
std::vector<T> StoredLogarithms(const QuantizedSoftmax& softmax, float scale, std::vector<T> row) {
  const T most = *std::max_element(row.begin(), row.end());
  float sum = 0;
  for (const T x : row) sum += softmax.exp_table[static_cast<size_t>(255 - (most - x))];
  const volatile float peak = scale * static_cast<float>(most);
  const float subtracted = peak + std::log(sum);
  for (T& x : row) {
    const volatile float own = scale * static_cast<float>(x);  // volatile: rounded before the sum
    const float steps = std::rint((own - subtracted) / softmax.output.scale);
    const auto value = static_cast<int32_t>(steps) + softmax.output.zero_point;
    x = static_cast<T>(
        std::clamp<int32_t>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  }
  return row;
}

template <class T>
void ExpectExactLogarithms() {
  ForEachTarget([](const std::string& target) {
    Random random(98);
    for (const int64_t depth : {1, 2, 15, 16, 29, 100, 1000}) {
      const SoftmaxShape shape{7, depth};
      const auto input = random.Bytes<T>(7 * depth);
      std::vector<T> output(input.size() + 1, T{77});
      const float scale = random.Float(0.001F, 0.2F);
      const auto softmax =
          MakeQuantizedSoftmax(1.0F, scale, {16.0F / 256, std::numeric_limits<T>::max()});
      LogSoftmax(softmax, scale, QuantizedSoftmaxArguments<T>{shape, input.data(), output.data()},
                 Backwards(2));
      EXPECT_EQ(output.back(), T{77});
      for (int64_t at = 0; at < 7 * depth; at += depth) {
        const auto row = [&](const std::vector<T>& all) {
          return std::vector<T>(all.begin() + at, all.begin() + at + depth);
        };
        ASSERT_EQ(row(output), StoredLogarithms(softmax, scale, row(input)))
            << target << " " << depth;
      }
    }
  });
}

TEST(Normalize, LogarithmsOfBytesAreTheReferencesToTheBit) {
  ExpectExactLogarithms<int8_t>();
  ExpectExactLogarithms<uint8_t>();
}

TEST(Normalize, BytesFollowTheRealFormulas) {
  ExpectQuantizedRows<int8_t>(-7);
  ExpectQuantizedRows<uint8_t>(120);
}

}  // namespace
}  // namespace brink::kernels
