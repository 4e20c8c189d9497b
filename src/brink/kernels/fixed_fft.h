// The Fourier transform of 16-bit fixed-point numbers, bit for bit as KISS FFT's, which TFLite
// Micro uses: values are Q15, products are rounded to the nearest, each stage divides by its radix.
// Source: KISS FFT 130 (kiss_fft.c, kiss_fftr.c) with FIXED_POINT 16.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace brink::kernels {

struct FixedComplex {
  int16_t real = 0;
  int16_t imaginary = 0;
};

// Of real inputs.
class FixedFft {
 public:
  static constexpr int kLeastLength = 4;
  static constexpr int kMostLength = 1 << 15;

  // `length` is a power of two from kLeastLength to kMostLength (asserted).
  explicit FixedFft(int length);

  int length() const { return 2 * half_; }
  size_t scratch_bytes() const { return static_cast<size_t>(half_) * sizeof(FixedComplex); }

  // length() numbers -> length() / 2 + 1 of the spectrum, divided by the length.
  void Transform(const int16_t* input, FixedComplex* output, std::byte* scratch) const;

 private:
  // Transforms `count` numbers of `input` that lie `step` apart.
  void Work(const FixedComplex* input, int step, int count, FixedComplex* output) const;
  void Pairs(FixedComplex* numbers, int step, int quarter) const;
  void Quads(FixedComplex* numbers, int step, int quarter) const;

  int half_;
  std::vector<FixedComplex> turns_;       // exp(-2 pi i k / half)
  std::vector<FixedComplex> half_turns_;  // exp(-pi i ((k + 1) / half + 1/2))
};

}  // namespace brink::kernels
