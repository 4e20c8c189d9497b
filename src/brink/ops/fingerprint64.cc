#include "brink/ops/fingerprint64.h"

#include <bit>
#include <cstring>
#include <utility>

namespace brink::ops {
namespace {

// Primes between 2^63 and 2^64.
constexpr uint64_t kPrime0 = 0xC3A5C85C97CB3127;
constexpr uint64_t kPrime1 = 0xB492B66FBE98F273;
constexpr uint64_t kPrime2 = 0x9AE16A3B2F90404F;

using Pair = std::pair<uint64_t, uint64_t>;

uint64_t Mixed(uint64_t value) { return value ^ (value >> 47); }

uint64_t Turned(uint64_t value, int bits) { return std::rotr(value, bits); }

uint64_t Joined(uint64_t low, uint64_t high, uint64_t factor) {
  const uint64_t once = Mixed((low ^ high) * factor);
  return Mixed((high ^ once) * factor) * factor;
}

// Little-endian words of the text.
class Text {
 public:
  explicit Text(std::span<const std::byte> bytes) : bytes_(bytes) {}

  size_t size() const { return bytes_.size(); }
  uint64_t Byte(size_t at) const { return static_cast<uint64_t>(bytes_[at]); }
  uint64_t Half(size_t at) const { return Read<uint32_t>(at); }
  uint64_t Word(size_t at) const { return Read<uint64_t>(at); }
  uint64_t FromEnd(size_t bytes) const { return Word(size() - bytes); }

 private:
  template <class T>
  T Read(size_t at) const {
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(value));
    return value;
  }

  std::span<const std::byte> bytes_;
};

uint64_t UpTo16(const Text& text) {
  const size_t size = text.size();
  const uint64_t factor = kPrime2 + size * 2;
  if (size >= 8) {
    const uint64_t first = text.Word(0) + kPrime2;
    const uint64_t last = text.FromEnd(8);
    return Joined(Turned(last, 37) * factor + first, (Turned(first, 25) + last) * factor, factor);
  }
  if (size >= 4) return Joined(size + (text.Half(0) << 3), text.Half(size - 4), factor);
  if (size == 0) return kPrime2;
  const uint64_t low = text.Byte(0) + (text.Byte(size >> 1) << 8);
  const uint64_t high = size + (text.Byte(size - 1) << 2);
  return Mixed(low * kPrime2 ^ high * kPrime0) * kPrime2;
}

uint64_t UpTo32(const Text& text) {
  const uint64_t factor = kPrime2 + text.size() * 2;
  const uint64_t a = text.Word(0) * kPrime1;
  const uint64_t b = text.Word(8);
  const uint64_t c = text.FromEnd(8) * factor;
  const uint64_t d = text.FromEnd(16) * kPrime2;
  return Joined(Turned(a + b, 43) + Turned(c, 30) + d, a + Turned(b + kPrime2, 18) + c, factor);
}

uint64_t UpTo64(const Text& text) {
  const uint64_t factor = kPrime2 + text.size() * 2;
  const uint64_t a = text.Word(0) * kPrime2;
  const uint64_t b = text.Word(8);
  const uint64_t c = text.FromEnd(8) * factor;
  const uint64_t d = text.FromEnd(16) * kPrime2;
  const uint64_t y = Turned(a + b, 43) + Turned(c, 30) + d;
  const uint64_t z = Joined(y, a + Turned(b + kPrime2, 18) + c, factor);
  const uint64_t e = text.Word(16) * factor;
  const uint64_t f = text.Word(24);
  const uint64_t g = (y + text.FromEnd(32)) * factor;
  const uint64_t h = (z + text.FromEnd(24)) * factor;
  return Joined(Turned(e + f, 43) + Turned(g, 30) + h, e + Turned(f + a, 18) + g, factor);
}

// 32 bytes of the text from `at` mixed with two seeds.
Pair Stirred(const Text& text, size_t at, uint64_t a, uint64_t b) {
  const uint64_t last = text.Word(at + 24);
  a += text.Word(at);
  b = Turned(b + a + last, 21);
  const uint64_t before = a;
  a += text.Word(at + 8) + text.Word(at + 16);
  b += Turned(a, 44);
  return {a + last, b + before};
}

struct State {
  uint64_t x;
  uint64_t y;
  uint64_t z;
  Pair v{0, 0};
  Pair w{0, 0};

  // Takes in 64 bytes; the last block weighs some of the state more.
  void Take(const Text& text, size_t at, uint64_t factor, uint64_t weight) {
    x = Turned(x + y + v.first + text.Word(at + 8), 37) * factor;
    y = Turned(y + v.second + text.Word(at + 48), 42) * factor;
    x ^= w.second * weight;
    y += v.first * weight + text.Word(at + 40);
    z = Turned(z + w.first, 33) * factor;
    v = Stirred(text, at, v.second * factor, x + w.first);
    w = Stirred(text, at + 32, z + w.second, y + text.Word(at + 16));
    std::swap(z, x);
  }
};

uint64_t OfLong(const Text& text) {
  constexpr uint64_t kSeed = 81;
  const uint64_t y = kSeed * kPrime1 + 113;
  State state{.x = kSeed * kPrime2 + text.Word(0), .y = y, .z = Mixed(y * kPrime2 + 113) * kPrime2};
  const size_t rest = (text.size() - 1) % 64;  // 1 to 64 bytes are left for the last block
  for (size_t at = 0; at + 64 < text.size(); at += 64) state.Take(text, at, kPrime1, 1);
  const uint64_t factor = kPrime1 + ((state.z & 0xFF) << 1);
  state.w.first += rest;
  state.v.first += state.w.first;
  state.w.first += state.v.first;
  state.Take(text, text.size() - 64, factor, 9);
  return Joined(Joined(state.v.first, state.w.first, factor) + Mixed(state.y) * kPrime0 + state.z,
                Joined(state.v.second, state.w.second, factor) + state.x, factor);
}

}  // namespace

uint64_t Fingerprint64(std::span<const std::byte> bytes) {
  const Text text(bytes);
  if (text.size() <= 16) return UpTo16(text);
  if (text.size() <= 32) return UpTo32(text);
  return text.size() <= 64 ? UpTo64(text) : OfLong(text);
}

}  // namespace brink::ops
