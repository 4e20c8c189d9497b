#include "brink/kernels/block_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "brink/kernels/matrix_vector.h"
#include "brink/kernels/product_testing.h"

namespace brink::kernels {
namespace {

struct Case {
  BlockProblem problem;
  std::vector<float> input;
  std::vector<float> bias;  // or none
  std::vector<float> scales;
  std::vector<int8_t> weights;

  explicit Case(Random& random) {
    BlockProblem& p = problem;
    p.rows = random.Int(1, 3);
    p.block = kBlockMultiple * random.Int(1, 3);
    p.columns = p.block * random.Int(1, 4);
    p.units = random.Int(1, random.Chance(50) ? 9 : 200);
    if (random.Chance(30)) p.range = {-1, 1};
    input = random.Floats(int64_t{p.rows} * p.columns, random.Float(-3, 2), 3);
    if (random.Chance(50)) bias = random.Floats(p.units);
    scales = random.Floats(int64_t{p.units} * (p.columns / p.block), -0.1F, 0.1F);
    weights.resize(static_cast<size_t>(p.units * p.columns));
    for (int8_t& weight : weights) weight = static_cast<int8_t>(random.Int(-8, 7));
    if (random.Chance(10)) {  // the largest sums
      std::fill(weights.begin(), weights.end(), int8_t{7});
      std::fill(input.begin(), input.end(), random.Chance(50) ? 2.0F : -2.0F);
    }
  }
};

ProductRun Multiply(const Case& c) {
  const BlockProblem& p = c.problem;
  std::vector<uint8_t> halves(c.weights.size() / 2);
  for (size_t i = 0; i < c.weights.size(); ++i) {
    const auto half = static_cast<uint8_t>(c.weights[i] & 0x0F);
    halves[i / 2] = static_cast<uint8_t>(halves[i / 2] | (i % 2 == 0 ? half : half << 4));
  }
  return RunProduct(
      BlockPackedBytes(p), BlockScratchBytes(p), p.rows * p.units,
      [&](std::byte* packed) {
        PackBlocks(p, {halves.data(), c.scales}, packed);
      },
      [&](const std::byte* packed, std::byte* scratch, float* output) {
        BlockProduct(p,
                     {.input = c.input.data(),
                      .packed = packed,
                      .bias = c.bias.empty() ? nullptr : c.bias.data(),
                      .output = output,
                      .scratch = scratch},
                     Backwards(2));
      });
}

double ByFormula(const Case& c, std::span<const int16_t> row, float row_scale, size_t unit) {
  double sum = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    const size_t at = unit * row.size() + i;
    const float scale = c.scales[at / static_cast<size_t>(c.problem.block)];
    sum += static_cast<double>(scale) * row[i] * c.weights[at];
  }
  sum = sum * static_cast<double>(row_scale) +
        (c.bias.empty() ? 0.0 : static_cast<double>(c.bias[unit]));
  return std::clamp(sum, static_cast<double>(c.problem.range.low),
                    static_cast<double>(c.problem.range.high));
}

TEST(BlockProduct, IsTheSumOfBlocksTimesTheirScales) {
  ForEachByteTarget([](const std::string& target) {
    Random random(9);
    for (int i = 0; i < 60 && !testing::Test::HasFailure(); ++i) {
      const Case c(random);
      const BlockProblem& p = c.problem;
      const ProductRun run = Multiply(c);
      EXPECT_TRUE(run.intact) << target;
      const std::vector<float>& got = run.output;
      for (int row = 0; row < p.rows; ++row) {
        const auto columns = static_cast<size_t>(p.columns);
        std::vector<int16_t> x(columns);
        const float scale =
            QuantiseVector(std::span(c.input).subspan(static_cast<size_t>(row) * columns, columns),
                           true, x.data());
        for (int unit = 0; unit < p.units; ++unit) {
          const double want = ByFormula(c, x, scale, static_cast<size_t>(unit));
          ASSERT_NEAR(got[static_cast<size_t>(row * p.units + unit)], want, 1e-4)
              << target << ": " << p.rows << " rows, " << p.columns << " columns in blocks of "
              << p.block << ", " << p.units << " units, row " << row << " unit " << unit;
        }
      }
    }
  });
}

}  // namespace
}  // namespace brink::kernels
