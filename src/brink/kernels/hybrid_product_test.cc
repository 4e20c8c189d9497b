#include "brink/kernels/hybrid_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "brink/kernels/matrix_vector.h"
#include "brink/kernels/product_testing.h"

namespace brink::kernels {
namespace {

struct QuantisedVector {
  float scale = 1;
  std::vector<int16_t> values;
};

// Straight from the formulas of QuantiseVector.
QuantisedVector QuantiseByFormula(std::span<const float> x, bool asymmetric) {
  float low = 0;
  float high = 0;
  for (const float v : x) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  QuantisedVector q{.values = std::vector<int16_t>(x.size())};
  if (!(high > low) || !std::isfinite(high - low)) return q;
  q.scale = asymmetric ? (high - low) / 255 : std::max(-low, high) / 127;
  const float zero =
      asymmetric ? std::clamp(std::round(-128 - low / q.scale), -128.0F, 127.0F) : 0.0F;
  for (size_t i = 0; i < x.size(); ++i) {
    const float stored =
        std::clamp(std::round(x[i] / q.scale + zero), asymmetric ? -128.0F : -127.0F, 127.0F);
    q.values[i] = std::isnan(stored) ? int16_t{0} : static_cast<int16_t>(stored - zero);
  }
  return q;
}

std::vector<float> RandomRow(Random& random, int count) {
  std::vector<float> row = random.Floats(count, random.Float(-3, 1), random.Float(1, 3));
  // Halves of the step, which are rounded away from zero.
  if (random.Chance(30)) {
    for (float& v : row) v = static_cast<float>(random.Int(-254, 254)) / 2;
    row[0] = 127;
  }
  if (random.Chance(10)) std::fill(row.begin(), row.end(), 0.0F);
  const auto any = [&]() -> float& { return row[static_cast<size_t>(random.Int(0, count - 1))]; };
  if (random.Chance(10)) any() = std::numeric_limits<float>::quiet_NaN();
  if (random.Chance(10)) any() = -std::numeric_limits<float>::infinity();
  return row;
}

TEST(QuantiseVector, IsTheFormulaToTheBit) {
  ForEachByteTarget([](const std::string& target) {
    Random random(7);
    for (int i = 0; i < 500 && !testing::Test::HasFailure(); ++i) {
      const std::vector<float> row = RandomRow(random, random.Int(1, 200));
      const bool asymmetric = random.Chance(50);
      const QuantisedVector want = QuantiseByFormula(row, asymmetric);
      std::vector<int16_t> got(row.size() + 1, 999);
      EXPECT_EQ(QuantiseVector(row, asymmetric, got.data()), want.scale) << target;
      EXPECT_EQ(got.back(), 999);
      got.pop_back();
      EXPECT_EQ(got, want.values) << target << " " << i;
    }
  });
}

// Long rows go by an inverse of the scale where that cannot matter: here it might, all numbers are
// some last bits from halves of the step.
TEST(QuantiseVector, IsTheFormulaToTheBitNextToHalves) {
  ForEachTarget([](const std::string& target) {
    Random random(9);
    for (int i = 0; i < 300 && !testing::Test::HasFailure(); ++i) {
      const bool asymmetric = random.Chance(50);
      std::vector<float> row(static_cast<size_t>(random.Int(64, 300)));
      const float scale = random.Float(0.001F, 1.0F);
      const int zero = asymmetric ? random.Int(-128, 127) : 0;
      for (float& v : row) {
        v = (static_cast<float>(random.Int(-128, 127) - zero) + 0.5F) * scale;
        const int bits = random.Chance(90) ? random.Int(-4, 4) : random.Int(-4000, 4000);
        v *= 1 + static_cast<float>(bits) * 0x1p-24F;
      }
      row[0] = static_cast<float>(127 - zero) * scale;
      row[1] = static_cast<float>((asymmetric ? -128 : -127) - zero) * scale;
      if (random.Chance(10)) row[2] = std::numeric_limits<float>::quiet_NaN();
      const QuantisedVector want = QuantiseByFormula(row, asymmetric);
      std::vector<int16_t> got(row.size());
      EXPECT_EQ(QuantiseVector(row, asymmetric, got.data()), want.scale) << target;
      EXPECT_EQ(got, want.values) << target << " " << i;
    }
  });
}

struct HybridCase {
  HybridProblem problem;
  std::vector<float> input;
  std::vector<float> bias;  // or none
  std::vector<float> scales;
  std::vector<int8_t> weights;
};

HybridCase RandomHybridCase(Random& random) {
  HybridCase c;
  HybridProblem& p = c.problem;
  p.rows = random.Chance(50) ? 1 : random.Int(2, 9);
  p.columns = random.Int(1, random.Chance(50) ? 9 : 300);
  p.units = random.Int(1, random.Chance(50) ? 9 : 200);
  p.asymmetric = random.Chance(50);
  if (random.Chance(30)) p.range = {-1, 1};
  for (int row = 0; row < p.rows; ++row) {
    const std::vector<float> values = RandomRow(random, p.columns);
    c.input.insert(c.input.end(), values.begin(), values.end());
  }
  if (random.Chance(50)) c.bias = random.Floats(p.units);
  c.scales = random.Floats(random.Chance(50) ? 1 : p.units, 0.01F, 0.1F);
  c.weights = random.Bytes<int8_t>(int64_t{p.units} * p.columns);
  return c;
}

ProductRun MultiplyHybrid(const HybridCase& c) {
  const HybridProblem& p = c.problem;
  return RunProduct(
      HybridPackedBytes(p), HybridScratchBytes(p), p.rows * p.units,
      [&](std::byte* packed) {
        PackHybrid(p, {c.weights.data(), c.scales}, packed);
      },
      [&](const std::byte* packed, std::byte* scratch, float* output) {
        HybridProduct(p,
                      {.input = c.input.data(),
                       .packed = packed,
                       .bias = c.bias.empty() ? nullptr : c.bias.data(),
                       .output = output,
                       .scratch = scratch},
                      Backwards(2));
      });
}

double ByFormula(const HybridCase& c, const QuantisedVector& row, size_t unit) {
  const size_t columns = row.values.size();
  int64_t sum = 0;
  for (size_t i = 0; i < columns; ++i) {
    sum += int64_t{row.values[i]} * c.weights[unit * columns + i];
  }
  const float scale = c.scales.size() == 1 ? c.scales[0] : c.scales[unit];
  const double value = static_cast<double>(sum) * static_cast<double>(row.scale * scale) +
                       (c.bias.empty() ? 0.0 : static_cast<double>(c.bias[unit]));
  return std::clamp(value, static_cast<double>(c.problem.range.low),
                    static_cast<double>(c.problem.range.high));
}

TEST(HybridProduct, IsTheSumOfQuantisedProducts) {
  ForEachByteTarget([](const std::string& target) {
    Random random(8);
    for (int i = 0; i < 100 && !testing::Test::HasFailure(); ++i) {
      const HybridCase c = RandomHybridCase(random);
      const HybridProblem& p = c.problem;
      const ProductRun run = MultiplyHybrid(c);
      EXPECT_TRUE(run.intact) << target;
      const std::vector<float>& got = run.output;
      for (int row = 0; row < p.rows; ++row) {
        const auto columns = static_cast<size_t>(p.columns);
        const auto x = std::span(c.input).subspan(static_cast<size_t>(row) * columns, columns);
        const QuantisedVector quantised = QuantiseByFormula(x, p.asymmetric);
        for (int unit = 0; unit < p.units; ++unit) {
          const double want = ByFormula(c, quantised, static_cast<size_t>(unit));
          ASSERT_NEAR(got[static_cast<size_t>(row * p.units + unit)], want,
                      1e-5 * (1 + std::abs(want)))
              << target << ": " << p.rows << " rows, " << p.columns << " columns, " << p.units
              << " units, row " << row << " unit " << unit;
        }
      }
    }
  });
}

}  // namespace
}  // namespace brink::kernels
