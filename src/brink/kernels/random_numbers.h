// Random numbers that depend on a key and a counter alone, so that runs can share a stream.
// Source: "Parallel Random Numbers: As Easy as 1, 2, 3" (Salmon et al. 2011), algorithms
// Philox4x32-10 and Threefry2x32-20; how TensorFlow makes floats of them: tsl/lib/random.
#pragma once

#include <array>
#include <cstdint>

namespace brink::kernels {

std::array<uint32_t, 4> Philox(std::array<uint32_t, 2> key, std::array<uint32_t, 4> counter);
std::array<uint32_t, 2> Threefry(std::array<uint32_t, 2> key, std::array<uint32_t, 2> counter);

// TensorFlow's generator of two seeds: block `index` of four numbers of its stream.
struct RandomStream {
  uint64_t seed = 0;
  uint64_t seed2 = 0;

  std::array<uint32_t, 4> Block(uint64_t index) const;
};

// In [0, 1), of 23 bits.
float UniformFloat(uint32_t bits);
// In [0, 1), of 52 bits.
double UniformDouble(uint32_t high, uint32_t low);
// Two numbers of a standard normal distribution, by Box and Muller.
std::array<float, 2> NormalFloats(uint32_t first, uint32_t second);

}  // namespace brink::kernels
