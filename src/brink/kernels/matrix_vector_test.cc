#include "brink/kernels/matrix_vector.h"

#include <gtest/gtest.h>

#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

TEST(MatrixVector, FloatProductsAreAddedToTheSums) {
  ForEachTarget([](const std::string& target) {
    Random random(3);
    for (int i = 0; i < 200 && !testing::Test::HasFailure(); ++i) {
      const int rows = random.Int(1, 30);
      const int columns = random.Int(1, 80);
      const auto weights = random.Floats(int64_t{rows} * columns);
      const auto x = random.Floats(columns);
      const auto start = random.Floats(rows);
      std::vector<float> got = start;
      got.push_back(-77.0F);
      AddProduct(weights.data(), rows, columns, x.data(), got.data());
      EXPECT_EQ(got.back(), -77.0F);
      for (size_t r = 0; r < start.size(); ++r) {
        auto want = static_cast<double>(start[r]);
        for (size_t k = 0; k < x.size(); ++k) {
          want += static_cast<double>(weights[r * x.size() + k]) * static_cast<double>(x[k]);
        }
        ASSERT_NEAR(got[r], want, 1e-5) << target << " " << rows << "x" << columns << " row " << r;
      }
    }
  });
}

TEST(MatrixVector, LayersAddABiasAndAreClamped) {
  ForEachTarget([](const std::string& target) {
    Random random(5);
    for (int i = 0; i < 50 && !testing::Test::HasFailure(); ++i) {
      LayerProblem p{.rows = random.Int(1, 400), .columns = random.Int(1, 400)};
      if (random.Chance(50)) p.range = {-1, 1};
      const auto weights = random.Floats(int64_t{p.rows} * p.columns);
      const auto x = random.Floats(p.columns);
      const auto bias = random.Chance(50) ? random.Floats(p.rows) : std::vector<float>();
      std::vector<float> got(static_cast<size_t>(p.rows) + 1, -77.0F);
      LayerProduct(p, {weights.data(), bias.empty() ? nullptr : bias.data(), x.data(), got.data()},
                   Backwards(2));
      EXPECT_EQ(got.back(), -77.0F);
      for (size_t r = 0; r + 1 < got.size(); ++r) {
        double want = bias.empty() ? 0.0 : static_cast<double>(bias[r]);
        for (size_t k = 0; k < x.size(); ++k) {
          want += static_cast<double>(weights[r * x.size() + k]) * static_cast<double>(x[k]);
        }
        want =
            std::clamp(want, static_cast<double>(p.range.low), static_cast<double>(p.range.high));
        ASSERT_NEAR(got[r], want, 1e-4) << target << " " << p.rows << "x" << p.columns;
      }
    }
  });
}

TEST(MatrixVector, IntegerProductsWrap) {
  ForEachTarget([](const std::string& target) {
    Random random(4);
    for (int i = 0; i < 200 && !testing::Test::HasFailure(); ++i) {
      const int rows = random.Int(1, 30);
      const int columns = i == 0 ? 1500 : random.Int(1, 150);
      const auto weights = i == 0 ? std::vector<int8_t>(static_cast<size_t>(rows * columns), -128)
                                  : random.Bytes<int8_t>(int64_t{rows} * columns);
      const auto x = i == 0 ? std::vector<int16_t>(static_cast<size_t>(columns), 32767)
                            : random.Bytes<int16_t>(columns);
      std::vector<int32_t> got(static_cast<size_t>(rows) + 1, 999);
      Product(weights.data(), rows, columns, x.data(), got.data());
      EXPECT_EQ(got.back(), 999);
      for (size_t r = 0; r < static_cast<size_t>(rows); ++r) {
        uint32_t want = 0;
        for (size_t k = 0; k < x.size(); ++k) {
          want += static_cast<uint32_t>(int32_t{weights[r * x.size() + k]} * int32_t{x[k]});
        }
        ASSERT_EQ(got[r], static_cast<int32_t>(want)) << target << " " << rows << "x" << columns;
      }
    }
  });
}

// Where all of a vector fits bytes, NEON adds products two by two in 16 bits.
TEST(MatrixVector, IntegerProductsOfSmallVectorsAreExact) {
  ForEachTarget([](const std::string& target) {
    Random random(6);
    for (int i = 0; i < 300 && !testing::Test::HasFailure(); ++i) {
      const int rows = random.Int(1, 20);
      const int columns = i < 3 ? 2500 : random.Int(1, 150);
      const auto weights = i % 3 == 0
                               ? std::vector<int8_t>(static_cast<size_t>(rows * columns), -128)
                               : random.Bytes<int8_t>(int64_t{rows} * columns);
      std::vector<int16_t> x(static_cast<size_t>(columns), random.Chance(50) ? 127 : -127);
      if (i % 2 == 0) {
        for (int16_t& value : x) value = static_cast<int16_t>(random.Int(-127, 127));
      }
      // One that does not fit, at times.
      if (i % 5 == 0)
        x[static_cast<size_t>(random.Int(0, columns - 1))] = random.Chance(50) ? 128 : -128;
      std::vector<int32_t> got(static_cast<size_t>(rows), 999);
      Product(weights.data(), rows, columns, x.data(), got.data());
      for (size_t r = 0; r < got.size(); ++r) {
        int32_t want = 0;
        for (size_t k = 0; k < x.size(); ++k) want += weights[r * x.size() + k] * x[k];
        ASSERT_EQ(got[r], want) << target << " " << rows << "x" << columns;
      }
    }
  });
}

}  // namespace
}  // namespace brink::kernels
