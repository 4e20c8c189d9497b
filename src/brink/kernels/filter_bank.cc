#include "brink/kernels/filter_bank.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace brink::kernels {
namespace {

// The root of `number`, which is not 0, digit by digit; rounded up where that is at most `most`.
template <class T>
T RootByDigits(T number, T most) {
  T root = 0;
  const int width = static_cast<int>(std::bit_width(number));
  for (T bit = T{1} << ((width - 1) / 2 * 2); bit != 0; bit >>= 2) {
    if (number >= root + bit) {
      number -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return number > root && root != most ? root + 1 : root;
}

// A value of the table's quadratic piece for x; 10 bits of fraction within an octave.
int16_t Gain(const int16_t* gains, uint32_t x) {
  if (x <= 2) return gains[x];
  constexpr int kFractionEnd = 11;
  const int octave = static_cast<int>(std::bit_width(x));
  const int16_t* piece = gains + 4 * octave - 6;
  const uint32_t shifted =
      octave < kFractionEnd ? x << (kFractionEnd - octave) : x >> (octave - kFractionEnd);
  const auto fraction = static_cast<int64_t>(shifted & 0x3FF);
  int64_t result = (piece[2] * fraction >> 5) + int64_t{piece[1]} * 32;
  result = static_cast<int32_t>(static_cast<uint32_t>(result * fraction + (1 << 14))) >> 15;
  return static_cast<int16_t>(result + piece[0]);
}

// x^2 / 4 below 2, else x - 1; 12 bits of fraction become 6.
uint32_t Shrink(uint32_t x) {
  constexpr int kBits = 12;
  constexpr int kOutputBits = 6;
  if (x < (uint32_t{2} << kBits)) return (x * x) >> (2 + 2 * kBits - kOutputBits);
  return (x >> (kBits - kOutputBits)) - (uint32_t{1} << kOutputBits);
}

}  // namespace

void Gather(const FilterBank& bank, const int16_t* weights, const int16_t* unweights,
            const uint32_t* input, uint64_t* output) {
  uint64_t rest = 0;  // of the channel before
  for (size_t i = 0; i < bank.starts.size(); ++i) {
    uint64_t sum = rest;
    rest = 0;
    for (int j = 0; j < bank.widths[i]; ++j) {
      const uint64_t energy = input[bank.starts[i] + j];
      const int at = bank.weight_starts[i] + j;
      sum += static_cast<uint64_t>(int64_t{weights[at]}) * energy;
      rest += static_cast<uint64_t>(int64_t{unweights[at]}) * energy;
    }
    if (i > 0) output[i - 1] = sum;
  }
}

uint32_t RootOf(uint64_t number) {
  if (number == 0) return 0;
  if (number >> 32 == 0) return RootByDigits(static_cast<uint32_t>(number), uint32_t{0xFFFF});
  return static_cast<uint32_t>(RootByDigits(number, uint64_t{0xFFFFFFFF}));
}

void ReduceNoise(const NoiseReduction& reduction, std::span<const uint32_t> input,
                 uint32_t* estimate, uint32_t* output) {
  for (size_t i = 0; i < input.size(); ++i) {
    const uint32_t signal = input[i] << reduction.smoothing_bits;
    const uint64_t smoothed = uint64_t{signal} * reduction.smoothing[i % 2] +
                              uint64_t{estimate[i]} * reduction.one_minus_smoothing[i % 2];
    estimate[i] = static_cast<uint32_t>(smoothed >> reduction.spectral_bits);
    const uint32_t noise = std::min(estimate[i], signal);
    if (reduction.clamps) estimate[i] = noise;
    const auto least = static_cast<uint32_t>(uint64_t{input[i]} * reduction.least_remaining >>
                                             reduction.spectral_bits);
    output[i] = std::max((signal - noise) >> reduction.smoothing_bits, least);
  }
}

void ControlGain(const int16_t* gains, int shift, const uint32_t* estimate,
                 std::span<const uint32_t> input, uint32_t* output) {
  for (size_t i = 0; i < input.size(); ++i) {
    const auto gain = static_cast<uint32_t>(int32_t{Gain(gains, estimate[i])});
    output[i] = Shrink(static_cast<uint32_t>(uint64_t{input[i]} * gain >> shift));
  }
}

FixedLogarithm::FixedLogarithm() {
  for (int i = 0; i <= kSegments; ++i) {
    const double at = static_cast<double>(i) / kSegments;
    table_[static_cast<size_t>(i)] =
        static_cast<int32_t>(std::lround((std::log2(1 + at) - at) * 65536));
  }
}

int16_t FixedLogarithm::operator()(uint32_t input, int bits, uint32_t scale) const {
  constexpr int kBits = 16;         // of fraction
  constexpr uint64_t kLn2 = 45426;  // ln(2)
  constexpr uint32_t kHalf = 1 << 15;
  const uint32_t x = input << bits;
  if (x <= 1) return 0;
  const int whole = static_cast<int>(std::bit_width(x)) - 1;
  const uint32_t above = x - (uint32_t{1} << whole);
  const auto fraction =
      static_cast<int32_t>(whole < kBits ? above << (kBits - whole) : above >> (whole - kBits));
  constexpr int32_t kStep = (1 << kBits) / kSegments;
  const auto segment = static_cast<size_t>(fraction / kStep);
  const int32_t slope = table_[segment + 1] - table_[segment];
  const int32_t more = (slope * (fraction % kStep)) >> kBits;
  const auto log2 = (static_cast<uint32_t>(whole) << kBits) +
                    static_cast<uint32_t>(fraction + table_[segment] + more);
  const auto natural = static_cast<uint32_t>((kLn2 * log2 + kHalf) >> kBits);
  const uint32_t scaled = (scale * natural + kHalf) >> kBits;
  return static_cast<int16_t>(std::min<uint32_t>(scaled, std::numeric_limits<int16_t>::max()));
}

}  // namespace brink::kernels
