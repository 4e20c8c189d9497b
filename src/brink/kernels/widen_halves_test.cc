#include "brink/kernels/widen_halves.h"

#include <gtest/gtest.h>

#include <bit>
#include <numeric>
#include <vector>

#include "brink/kernels/random_problem.h"
#include "brink/tensor/float16.h"

namespace brink::kernels {
namespace {

TEST(WidenHalves, MakesOfEveryHalfTheBitsThatItStandsFor) {
  ForEachTarget([](const std::string& target) {
    std::vector<uint16_t> halves(1 << 16);
    std::iota(halves.begin(), halves.end(), 0);
    std::vector<float> floats(halves.size());
    WidenHalves(halves.data(), floats.data(), std::ssize(halves));
    for (const uint16_t half : halves) {
      ASSERT_EQ(std::bit_cast<uint32_t>(floats[half]), std::bit_cast<uint32_t>(HalfToFloat(half)))
          << half << ", " << target;
    }
  });
}

TEST(WidenHalves, WritesAsManyAsAreAsked) {
  ForEachTarget([](const std::string& target) {
    const std::vector<uint16_t> ones(40, 0x3C00);
    for (size_t count = 0; count < ones.size(); ++count) {
      std::vector<float> floats(ones.size(), -1);
      WidenHalves(ones.data(), floats.data(), static_cast<int64_t>(count));
      for (size_t i = 0; i < floats.size(); ++i)
        ASSERT_EQ(floats[i], i < count ? 1 : -1) << i << " of " << count << ", " << target;
    }
  });
}

}  // namespace
}  // namespace brink::kernels
