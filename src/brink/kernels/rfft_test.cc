#include "brink/kernels/rfft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "brink/kernels/random_problem.h"

namespace brink::kernels {
namespace {

TEST(Rfft, IsTheSumOfItsDefinition) {
  Random random(99);
  for (const auto& [height, width] :
       {std::pair{1, 1}, {1, 2}, {1, 16}, {4, 8}, {8, 4}, {2, 1}, {1, 64}}) {
    const RfftProblem p{3, random.Int(1, 10), random.Int(1, 20)};
    const auto input = random.Floats(p.batch * p.in_height * p.in_width);
    const Fft rows(width);
    const Fft columns(height);
    const int half = width / 2 + 1;
    std::vector<std::complex<float>> output(static_cast<size_t>(3 * height * half));
    AlignedBytes scratch(RfftScratchBytes(rows, columns, 2));
    Rfft2d(p, rows, columns, input.data(), output.data(), scratch.data(), Backwards(2));
    EXPECT_TRUE(scratch.intact());
    for (int at = 0; at < 3 * height * half; ++at) {
      const int b = at / half / height;
      std::complex<double> want = 0;
      for (int64_t y = 0; y < std::min<int64_t>(height, p.in_height); ++y) {
        for (int64_t x = 0; x < std::min<int64_t>(width, p.in_width); ++x) {
          const double turn = static_cast<double>(at / half % height * y) / height +
                              static_cast<double>(at % half * x) / width;
          const auto from = static_cast<size_t>((b * p.in_height + y) * p.in_width + x);
          want += std::polar(1.0, -2 * std::numbers::pi * turn) * double{input[from]};
        }
      }
      const std::complex<double> got = output[static_cast<size_t>(at)];
      ASSERT_NEAR(std::abs(got - want), 0, 1e-5) << height << "x" << width << " at " << at;
    }
  }
}

}  // namespace
}  // namespace brink::kernels
