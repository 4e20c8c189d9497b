// RFFT2D: the two-dimensional Fourier transform of real numbers, lengths powers of two.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "brink/kernels/parallel.h"

namespace brink::kernels {

// A complex transform of one length, in double precision. Immutable once made.
class Fft {
 public:
  // `length` is a power of two.
  explicit Fft(int length);
  int length() const { return static_cast<int>(order_.size()); }
  // In place: data[k] = sum of data[n] e^(-2 pi i k n / length).
  void Run(std::complex<double>* data) const;
  // The first length / 2 + 1 results for real numbers, which lie in `data` one behind another; it
  // has room for the results.
  void RunReal(std::complex<double>* data) const;

 private:
  // Run on data of 1 / fraction of the length.
  void RunPart(std::complex<double>* data, size_t fraction) const;

  std::vector<std::complex<double>> turns_;  // e^(-2 pi i k / length), k < length / 2
  std::vector<int32_t> order_;               // bits reversed
};

struct RfftProblem {
  int64_t batch = 1;
  int64_t in_height = 1;  // cut or filled with zeros to the transform's
  int64_t in_width = 1;
};

size_t RfftScratchBytes(const Fft& rows, const Fft& columns, int threads);
// input [batch, in_height, in_width], output [batch, height, width / 2 + 1], where `rows` is as
// long as the width and `columns` as the height.
void Rfft2d(const RfftProblem& problem, const Fft& rows, const Fft& columns, const float* input,
            std::complex<float>* output, std::byte* scratch, const Parallel& parallel);

}  // namespace brink::kernels
