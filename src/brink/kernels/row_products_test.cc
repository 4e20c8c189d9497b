#include "brink/kernels/row_products.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

template <class T>
std::vector<T> AnyIntegers(std::mt19937& random, size_t count) {
  std::vector<T> values(count);
  for (T& value : values) value = static_cast<T>(random());
  return values;
}

template <class T>
void ExpectRowProducts(std::mt19937& random) {
  constexpr int kRows = 5;
  for (int columns = 1; columns < 20; ++columns) {
    const auto a = AnyIntegers<T>(random, static_cast<size_t>(kRows * columns));
    const auto b = AnyIntegers<T>(random, a.size());
    std::vector<int32_t> sums(kRows);
    RowProducts(a.data(), b.data(), kRows, columns, sums.data());
    for (int row = 0; row < kRows; ++row) {
      uint32_t want = 0;
      for (int i = 0; i < columns; ++i) {
        const auto at = static_cast<size_t>(row * columns + i);
        want += static_cast<uint32_t>(int32_t{a[at]} * int32_t{b[at]});
      }
      ASSERT_EQ(sums[static_cast<size_t>(row)], static_cast<int32_t>(want)) << columns;
    }
  }
}

TEST(RowProducts, AreThoseOfEachRow) {
  ForEachTarget([](const std::string&) {
    std::mt19937 random(3);
    ExpectRowProducts<int8_t>(random);
    ExpectRowProducts<int16_t>(random);
  });
}

TEST(RowProducts, IntegersAreScaledOneByOne) {
  ForEachTarget([](const std::string& target) {
    std::mt19937 random(4);
    for (const int shift : {-31, -30, -7, 0, 3}) {
      const Multiplier multiplier{1'500'000'000, shift};
      auto values = AnyIntegers<int32_t>(random, 37);
      const auto before = values;
      ScaleIntegers(values.data(), values.size(), multiplier);
      for (size_t i = 0; i < values.size(); ++i)
        ASSERT_EQ(values[i], MultiplyByMultiplier(before[i], multiplier)) << target << shift;
    }
  });
}

}  // namespace
}  // namespace brink::kernels
