#include "brink/protocols/seldon_v1/puid.h"

#include <algorithm>
#include <cstdint>
#include <random>

namespace brink::protocols::seldon_v1 {

std::string NewPuid() {
  // Unique, not secret: a generator per thread, seeded by the system, is enough.
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  static constexpr char kHex[] = "0123456789abcdef";
  std::string puid(32, '0');
  for (size_t half = 0; half < 2; ++half) {
    uint64_t bits = generator();
    for (size_t i = 0; i < 16; ++i, bits >>= 4) puid[half * 16 + i] = kHex[bits & 0xF];
  }
  return puid;
}

bool IsHeaderSafe(std::string_view puid) {
  return !puid.empty() && puid.size() <= 128 &&
         std::all_of(puid.begin(), puid.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace brink::protocols::seldon_v1
