#include "brink/kernels/random_numbers.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace brink::kernels {
namespace {

std::array<uint32_t, 2> Halves(uint64_t number) {
  return {static_cast<uint32_t>(number), static_cast<uint32_t>(number >> 32)};
}

}  // namespace

std::array<uint32_t, 4> Philox(std::array<uint32_t, 2> key, std::array<uint32_t, 4> counter) {
  constexpr int kRounds = 10;
  constexpr uint64_t kMultipliers[2] = {0xD2511F53, 0xCD9E8D57};
  constexpr uint32_t kWeyl[2] = {0x9E3779B9, 0xBB67AE85};
  for (int round = 0; round < kRounds; ++round) {
    const auto first = Halves(kMultipliers[0] * counter[0]);
    const auto second = Halves(kMultipliers[1] * counter[2]);
    counter = {second[1] ^ counter[1] ^ key[0], second[0], first[1] ^ counter[3] ^ key[1],
               first[0]};
    key[0] += kWeyl[0];
    key[1] += kWeyl[1];
  }
  return counter;
}

std::array<uint32_t, 2> Threefry(std::array<uint32_t, 2> key, std::array<uint32_t, 2> counter) {
  constexpr uint32_t kParity = 0x1BD11BDA;
  constexpr int kGroups = 5;  // of four rounds
  constexpr int kRotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  const uint32_t keys[3] = {key[0], key[1], key[0] ^ key[1] ^ kParity};
  auto [a, b] = counter;
  a += keys[0];
  b += keys[1];
  for (uint32_t group = 1; group <= kGroups; ++group) {
    for (const int rotation : kRotations[(group - 1) % 2]) {
      a += b;
      b = std::rotl(b, rotation) ^ a;
    }
    a += keys[group % 3];
    b += keys[(group + 1) % 3] + group;
  }
  return {a, b};
}

std::array<uint32_t, 4> RandomStream::Block(uint64_t index) const {
  const auto low = Halves(index);
  const auto high = Halves(seed2);
  return Philox(Halves(seed), {low[0], low[1], high[0], high[1]});
}

float UniformFloat(uint32_t bits) {
  return std::bit_cast<float>((bits & 0x7FFFFF) | 0x3F800000) - 1.0F;
}

double UniformDouble(uint32_t high, uint32_t low) {
  const uint64_t mantissa = uint64_t{high & 0xFFFFF} << 32 | low;
  return std::bit_cast<double>(mantissa | uint64_t{1023} << 52) - 1.0;
}

std::array<float, 2> NormalFloats(uint32_t first, uint32_t second) {
  constexpr float kLeast = 1.0e-7F;  // whose logarithm is finite
  const float distance = std::sqrt(-2.0F * std::log(std::max(UniformFloat(first), kLeast)));
  const auto angle = static_cast<float>(2 * std::numbers::pi) * UniformFloat(second);
  return {std::sin(angle) * distance, std::cos(angle) * distance};
}

}  // namespace brink::kernels
