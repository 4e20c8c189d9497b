// TFLite Micro's audio front end in fixed point: a spectrum's energies gathered into channels,
// noise taken away, gain evened out, logarithms. Source: TFLite Micro signal/src; "Trainable
// Frontend For Robust and Far-Field Keyword Spotting" (Wang et al. 2017).
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace brink::kernels {

// Channel i gathers widths[i] of the input from starts[i] on, with the weights from
// weight_starts[i] on; what those leave of each input (unweights) is channel i + 1's.
struct FilterBank {
  std::span<const int16_t> starts;
  std::span<const int16_t> weight_starts;
  std::span<const int16_t> widths;
};
// output: [starts.size() - 1], without the first channel. Sums wrap.
void Gather(const FilterBank& bank, const int16_t* weights, const int16_t* unweights,
            const uint32_t* input, uint64_t* output);

// The root to the nearest, of less than 2^32 at most 65535.
uint32_t RootOf(uint64_t number);

// Smoothing factors of even and odd channels, in spectral_bits of fraction.
struct NoiseReduction {
  std::array<uint32_t, 2> smoothing{};
  std::array<uint32_t, 2> one_minus_smoothing{};
  uint32_t least_remaining = 0;
  int smoothing_bits = 0;  // by which signals are scaled up, at most 31
  int spectral_bits = 0;   // at most 31
  bool clamps = false;     // the estimate to the signal
};
// estimate: read and written.
void ReduceNoise(const NoiseReduction& reduction, std::span<const uint32_t> input,
                 uint32_t* estimate, uint32_t* output);

constexpr int64_t kGainEntries = 125;  // of ControlGain's table
// Gain by a table of quadratic pieces, one an octave of the noise estimate.
void ControlGain(const int16_t* gains, int shift, const uint32_t* estimate,
                 std::span<const uint32_t> input, uint32_t* output);

// ln(input << bits) * scale, at most 32767; 0 of 0 and 1.
class FixedLogarithm {
 public:
  FixedLogarithm();
  int16_t operator()(uint32_t input, int bits, uint32_t scale) const;

 private:
  static constexpr int kSegments = 128;
  std::array<int32_t, kSegments + 2> table_{};  // log2(1 + i / 128) - i / 128, 16 bits of fraction
};

}  // namespace brink::kernels
