// A checksum against accidents, such as a write that a crash cut short; not against a forger, who
// needs a digest (sha256.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <tuple>
#include <utility>

namespace brink {

// Feed pieces with Add, then read value. Eight lanes of multiplications keep pace with the memory
// of the smallest machines, which a digest would not. The same bytes in pieces of other sizes have
// the same checksum.
class Checksum {
 public:
  // Each piece but the last has a multiple of 64 bytes.
  void Add(std::span<const std::byte> bytes) {
    bytes_ += bytes.size();
    Lanes lanes = lanes_;  // in registers
    for (; bytes.size() >= sizeof(lanes); bytes = bytes.subspan(sizeof(lanes)))
      AddWords(bytes.data(), lanes);
    if (!bytes.empty()) {
      std::array<std::byte, sizeof(Lanes)> last{};
      std::memcpy(last.data(), bytes.data(), bytes.size());
      AddWords(last.data(), lanes);
    }
    lanes_ = lanes;
  }
  uint64_t value() const {
    uint64_t sum = bytes_;  // zeros at the end count
    for (const uint64_t lane : lanes_) sum = Mix(sum ^ lane);
    return sum;
  }

 private:
  using Lanes = std::array<uint64_t, 8>;

  static void AddWords(const std::byte* bytes, Lanes& lanes) {
    AddEach(bytes, lanes, std::make_index_sequence<std::tuple_size_v<Lanes>>());
  }
  // Written out, as a loop's lanes would go through memory.
  template <size_t... kLane>
  static void AddEach(const std::byte* bytes, Lanes& lanes, std::index_sequence<kLane...> /*all*/) {
    ((lanes[kLane] = Mix(lanes[kLane] ^ WordAt(bytes, kLane))), ...);
  }

  static uint64_t WordAt(const std::byte* bytes, size_t index) {
    uint64_t word = 0;
    std::memcpy(&word, bytes + index * sizeof(word), sizeof(word));
    return word;
  }

  // No bit is lost: the factor is odd. Products carry upwards only, so the upper half comes down.
  static uint64_t Mix(uint64_t word) {
    const uint64_t product = word * 0x9E3779B97F4A7C15;
    return product ^ (product >> 32);
  }

  Lanes lanes_{1, 2, 3, 4, 5, 6, 7, 8};
  uint64_t bytes_ = 0;
};

inline uint64_t ChecksumOf(std::span<const std::byte> bytes) {
  Checksum checksum;
  checksum.Add(bytes);
  return checksum.value();
}

}  // namespace brink
