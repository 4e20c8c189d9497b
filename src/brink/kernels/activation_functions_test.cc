#include "brink/kernels/activation_functions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "brink/kernels/activation_tables.h"
#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

template <class Run, class Formula>
void ExpectFormula(Run run, Formula formula) {
  ForEachTarget([&](const std::string& target) {
    Random random(91);
    for (const int count : {1, 7, 64, 20001}) {
      auto values = random.Floats(count, -12.0F, 12.0F);
      values[0] = -100.0F;
      const auto input = values;
      run(UnaryArguments{values.data(), values.data(), count}, Backwards(2));
      for (size_t i = 0; i < values.size(); ++i) {
        const double want = formula(double{input[i]});
        ASSERT_NEAR(values[i], want, 2e-6 * (1 + std::abs(want))) << target << " of " << input[i];
      }
    }
    float nan = std::numeric_limits<float>::quiet_NaN();
    run(UnaryArguments{&nan, &nan, 1}, Parallel{});
    EXPECT_TRUE(std::isnan(nan)) << target;
  });
}

TEST(ActivationFunctions, EluIsItsFormula) {
  ExpectFormula(Elu, [](double x) { return x < 0 ? std::expm1(x) : x; });
}

TEST(ActivationFunctions, EluKeepsItsPlacesBesideZero) {
  ForEachTarget([](const std::string& target) {
    std::vector<float> input(138'636);
    for (size_t i = 0; i < input.size(); ++i) {
      input[i] = -0x1p-20F * std::pow(1.0001F, static_cast<int>(i));  // to -1
    }
    std::vector<float> got(input.size());
    Elu({input.data(), got.data(), std::ssize(input)}, {});
    for (size_t i = 0; i < input.size(); ++i) {
      const double want = std::expm1(double{input[i]});
      ASSERT_NEAR(got[i], want, 2 * 0x1p-23 * std::abs(want)) << target << " of " << input[i];
    }
  });
}

TEST(ActivationFunctions, GelusMeetTheirLimits) {
  ForEachTarget([](const std::string& target) {
    for (const bool approximate : {false, true}) {
      float values[] = {40.0F, -40.0F, 1e30F, -1e30F, 0.0F};
      Gelu(approximate, {values, values, std::ssize(values)}, {});
      EXPECT_EQ(values[0], 40.0F) << target;
      EXPECT_NEAR(values[1], 0.0F, 1e-30F) << target;
      EXPECT_EQ(values[2], 1e30F) << target;
      EXPECT_NEAR(values[3], 0.0F, 1e-30F) << target;
      EXPECT_EQ(values[4], 0.0F) << target;
    }
  });
}

TEST(ActivationFunctions, GeluIsNearItsFormulaAtEverySize) {
  ForEachTarget([](const std::string& target) {
    std::vector<float> input;
    constexpr int kEnd = 7 << 14;
    for (int i = -kEnd; i < kEnd; ++i) input.push_back(static_cast<float>(i) * 0x1p-14F);
    for (const bool approximate : {false, true}) {
      std::vector<float> got(input.size());
      Gelu(approximate, {input.data(), got.data(), std::ssize(input)}, {});
      for (size_t i = 0; i < input.size(); ++i) {
        const double x = input[i];
        const double part = approximate
                                ? std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))
                                : std::erf(x / std::sqrt(2.0));
        ASSERT_NEAR(got[i], 0.5 * x * (1 + part), 2.5e-7 * (1 + std::abs(x)))
            << target << " of " << x;
      }
    }
  });
}

TEST(ActivationFunctions, GeluIsItsFormula) {
  ExpectFormula([](const auto& a, const auto& p) { Gelu(false, a, p); },
                [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); });
}

TEST(ActivationFunctions, ApproximateGeluIsItsFormula) {
  ExpectFormula([](const auto& a, const auto& p) { Gelu(true, a, p); },
                [](double x) {
                  const double inner = std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
                  return 0.5 * x * (1 + std::tanh(inner));
                });
}

TEST(ActivationFunctions, HardSwishIsItsFormula) {
  ExpectFormula(HardSwish, [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; });
}

TEST(ActivationFunctions, LeakyReluIsItsFormula) {
  ExpectFormula([](const auto& a, const auto& p) { LeakyRelu(0.25F, a, p); },
                [](double x) { return x > 0 ? x : 0.25 * x; });
}

// The table's real results are within `steps` output steps of the formula.
template <class Formula>
void ExpectTable(const ByteTable& table, QuantizedType in, QuantizedType out, double steps,
                 Formula formula) {
  const IntRange range = TypeRange(in.type);
  const IntRange limits = TypeRange(out.type);
  for (int32_t stored = range.low; stored <= range.high; ++stored) {
    const uint8_t byte = table[static_cast<uint8_t>(stored)];
    const int32_t got = out.type == Type::kInt8 ? static_cast<int8_t>(byte) : int32_t{byte};
    const double real = double{in.affine.scale} * (stored - in.affine.zero_point);
    const double want = formula(real) / double{out.affine.scale} + out.affine.zero_point;
    ASSERT_NEAR(got, std::clamp<double>(want, limits.low, limits.high), steps) << "of " << real;
  }
}

TEST(ActivationTables, AreTheirFormulasRounded) {
  for (const Type type : {Type::kInt8, Type::kUInt8}) {
    const int32_t middle = type == Type::kInt8 ? 0 : 128;
    const QuantizedType in{type, {0.05F, middle + 5}};
    const QuantizedType out{type, {0.04F, middle - 9}};
    ExpectTable(EluTable(in, out), in, out, 0.51,
                [](double x) { return x < 0 ? std::expm1(x) : x; });
    ExpectTable(GeluTable(in, out, false), in, out, 0.51,
                [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); });
    ExpectTable(LeakyReluTable(in, out, 0.3F), in, out, 0.76,  // rounded twice
                [](double x) { return x > 0 ? x : 0.3 * x; });
    ExpectTable(LeakyReluTable(in, out, -0.3F), in, out, 0.76,
                [](double x) { return x > 0 ? x : -0.3 * x; });
    const auto hard_swish = HardSwishTable(in, out);
    ASSERT_TRUE(hard_swish);
    ExpectTable(*hard_swish, in, out, 1.5,
                [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; });
  }
}

TEST(ActivationTables, HardSwishRefusesAnOutputScaleItCannotReach) {
  const QuantizedType in{Type::kInt8, {1.0F, 0}};
  EXPECT_FALSE(HardSwishTable(in, {Type::kInt8, {0.001F, 0}}));
}

}  // namespace
}  // namespace brink::kernels
