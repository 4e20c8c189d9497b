#include "brink/kernels/winograd_filter.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "brink/kernels/cpu.h"
#include "brink/kernels/random_problem.h"
#include "brink/kernels/winograd_points.h"

namespace brink::kernels {
namespace {

// (G filter G')[row][column] of F(kOut x kOut), by its definition.
template <int kOut>
double Transformed(const float (&taps)[9], size_t row, size_t column) {
  const auto& g = kWinograd<kOut>.filter;
  double sum = 0;
  for (size_t y = 0; y < 3; ++y) {
    for (size_t x = 0; x < 3; ++x) sum += g[row][y] * double{taps[y * 3 + x]} * g[column][x];
  }
  return sum;
}

// Every cell that TransformFilters writes, for channels that do not fill its vectors.
template <int kOut>
void CheckTile(FilterLayout layout, int inputs) {
  constexpr size_t kSide = kOut + 2;
  constexpr int kChannels = 21;
  constexpr size_t kWidth = 32;
  const auto depth = static_cast<size_t>(inputs);
  ConvProblem p{.shape = {.in_channels = inputs, .out_channels = kChannels}, .layout = layout};
  p.shape.window.height = p.shape.window.width = 3;
  Random random(kOut);
  const std::vector<float> filter = random.Floats(int64_t{9} * inputs * kChannels);
  for (size_t in = 0; in < depth; ++in) {
    AlignedBytes bytes(kSide * kSide * kWidth * sizeof(float));
    auto* cells = reinterpret_cast<float*>(bytes.data());
    TransformFilters(kOut, p, filter.data(), {in, 0, kWidth}, {cells, kSide * kWidth, kWidth});
    EXPECT_TRUE(bytes.intact());
    for (size_t c = 0; c < kWidth; ++c) {
      float taps[9] = {};
      for (size_t i = 0; i < 9 && c < size_t{kChannels}; ++i) {
        taps[i] =
            filter[layout == FilterLayout::kOhwi ? (c * 9 + i) * depth + in : i * kChannels + c];
      }
      for (size_t i = 0; i < kSide * kSide; ++i) {
        ASSERT_NEAR(cells[i * kWidth + c], Transformed<kOut>(taps, i / kSide, i % kSide), 1e-6)
            << c << ' ' << i;
      }
    }
  }
}

TEST(WinogradFilter, IsTheDefinitionOnEveryTargetInBothLayouts) {
  for (const std::string_view target : CpuTargets()) {
    SCOPED_TRACE(target);
    ASSERT_TRUE(ForceCpuTarget(target));
    for (const auto& [layout, inputs] :
         {std::pair(FilterLayout::kOhwi, 3), {FilterLayout::kHwo, 1}}) {
      CheckTile<2>(layout, inputs);
      CheckTile<4>(layout, inputs);
      CheckTile<6>(layout, inputs);
    }
  }
  ForceCpuTarget("");
}

TEST(WinogradFilter, ChannelsBeyondTheConvolutionsAreZero) {
  ConvProblem p{.shape = {.in_channels = 1, .out_channels = 1}, .layout = FilterLayout::kOhwi};
  p.shape.window.height = p.shape.window.width = 3;
  const std::vector<float> filter(9, -1.0F);
  AlignedBytes bytes(36 * 64 * sizeof(float));
  auto* cells = reinterpret_cast<float*>(bytes.data());
  TransformFilters(4, p, filter.data(), {0, 32, 64}, {cells, 6 * 64, 64});
  for (size_t i = 0; i < size_t{36} * 64; ++i) ASSERT_EQ(cells[i], 0.0F);
}

}  // namespace
}  // namespace brink::kernels
