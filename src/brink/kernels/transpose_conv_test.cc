#include "brink/kernels/transpose_conv.h"

#include <gtest/gtest.h>

#include <cstring>

#include "brink/kernels/random_problem.h"
#include "brink/kernels/reference/conv.h"

namespace brink::kernels {
namespace {

TransposeConvShape RandomTransposeShape(Random& random) {
  TransposeConvShape s;
  s.batch = random.Int(1, 2);
  s.in_height = random.Int(1, 6);
  s.in_width = random.Int(1, 6);
  s.in_channels = random.Int(1, 5);
  s.out_channels = random.Int(1, 5);
  s.filter_height = random.Int(1, 5);
  s.filter_width = random.Int(1, 5);
  s.stride_height = random.Int(1, 4);
  s.stride_width = random.Int(1, 4);
  s.pad_top = random.Int(0, 5);
  s.pad_left = random.Int(0, 5);
  s.out_height = random.Int(1, 20);
  s.out_width = random.Int(1, 20);
  return s;
}

// Straight from the definition.
std::vector<float> Scatter(const TransposeConvShape& s, const std::vector<float>& input,
                           const std::vector<float>& filter) {
  std::vector<float> output(
      static_cast<size_t>(s.batch * s.out_height * s.out_width * s.out_channels));
  for (int b = 0; b < s.batch; ++b) {
    for (int iy = 0; iy < s.in_height; ++iy) {
      for (int ix = 0; ix < s.in_width; ++ix) {
        for (int ky = 0; ky < s.filter_height; ++ky) {
          for (int kx = 0; kx < s.filter_width; ++kx) {
            const int y = iy * s.stride_height - s.pad_top + ky;
            const int x = ix * s.stride_width - s.pad_left + kx;
            if (y < 0 || y >= s.out_height || x < 0 || x >= s.out_width) continue;
            for (int o = 0; o < s.out_channels; ++o) {
              for (int i = 0; i < s.in_channels; ++i) {
                const auto at = ((b * s.out_height + y) * s.out_width + x) * s.out_channels + o;
                const auto from = ((b * s.in_height + iy) * s.in_width + ix) * s.in_channels + i;
                const auto tap =
                    ((o * s.filter_height + ky) * s.filter_width + kx) * s.in_channels + i;
                output[static_cast<size_t>(at)] +=
                    input[static_cast<size_t>(from)] * filter[static_cast<size_t>(tap)];
              }
            }
          }
        }
      }
    }
  }
  return output;
}

TEST(TransposeConv, PhasesTogetherAreTheWhole) {
  Random random(51);
  for (int i = 0; i < 300 && !testing::Test::HasFailure(); ++i) {
    TransposeConvShape s = RandomTransposeShape(random);
    if (i < 3) {  // several pieces for threads to place, the last of which is short
      s.in_height = s.out_height = 70;
      s.in_width = s.out_width = 65;
      s.out_channels = 13 * (i + 1);
    }
    const auto input = random.Floats(s.batch * s.in_height * s.in_width * s.in_channels);
    const auto filter =
        random.Floats(s.out_channels * s.filter_height * s.filter_width * s.in_channels);
    const std::vector<float> want = Scatter(s, input, filter);
    std::vector<float> got(want.size(), -77.0F);
    for (const TransposeConvPhase& phase : TransposeConvPhases(s)) {
      EXPECT_GE(phase.shape.window.pad_top, 0);
      EXPECT_GE(phase.shape.window.pad_left, 0);
      const auto part = PhaseFilter(s, phase, std::as_bytes(std::span(filter)), std::byte{0});
      std::vector<float> weights(part.size() / sizeof(float));
      std::memcpy(weights.data(), part.data(), part.size());
      std::vector<float> output(static_cast<size_t>(phase.shape.out_elements()));
      reference::Conv({.shape = phase.shape}, {weights.data(), nullptr}, input.data(),
                      output.data());
      PlacePhase(s, phase,
                 {.from = std::as_bytes(std::span(output)).data(),
                  .to = std::as_writable_bytes(std::span(got)).data(),
                  .parallel = Backwards(2)});
    }
    for (size_t k = 0; k < want.size(); ++k) ASSERT_NEAR(got[k], want[k], 1e-5);
  }
}

}  // namespace
}  // namespace brink::kernels
