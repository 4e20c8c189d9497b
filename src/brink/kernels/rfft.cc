#include "brink/kernels/rfft.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace brink::kernels {
namespace {

using Complex = std::complex<double>;

// Without the checks for NaN and infinity that std::complex's operator makes.
Complex Times(const Complex& a, const Complex& b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

// Half a spectrum of every row, then a column at a time.
size_t ThreadElements(const Fft& rows, const Fft& columns) {
  const auto width = static_cast<size_t>(rows.length());
  const auto height = static_cast<size_t>(columns.length());
  return width + height + height * (width / 2 + 1);
}

// One batch; `memory` has ThreadElements().
void Transform(const RfftProblem& p, const Fft& rows, const Fft& columns, const float* input,
               std::complex<float>* output, Complex* memory) {
  const int64_t width = rows.length();
  const int64_t height = columns.length();
  const int64_t half = width / 2 + 1;
  Complex* row = memory;
  Complex* column = row + width;
  Complex* spectra = column + height;
  for (int64_t y = 0; y < height; ++y) {
    const int64_t given = y < p.in_height ? std::min(width, p.in_width) : 0;
    auto* numbers = reinterpret_cast<double*>(row);  // as std::complex allows
    std::copy_n(input + y * p.in_width, given, numbers);
    std::fill(numbers + given, numbers + width, 0.0);
    if (given > 0) {
      rows.RunReal(row);
    } else {
      std::fill_n(row, half, Complex{});
    }
    std::copy_n(row, half, spectra + y * half);
  }
  for (int64_t x = 0; x < half; ++x) {
    for (int64_t y = 0; y < height; ++y) column[y] = spectra[y * half + x];
    columns.Run(column);
    for (int64_t y = 0; y < height; ++y) output[y * half + x] = std::complex<float>(column[y]);
  }
}

}  // namespace

Fft::Fft(int length)
    : turns_(static_cast<size_t>(length) / 2), order_(static_cast<size_t>(length)) {
  for (size_t k = 0; k < turns_.size(); ++k) {
    const double angle = -2 * std::numbers::pi * static_cast<double>(k) / length;
    turns_[k] = {std::cos(angle), std::sin(angle)};
  }
  const int bits = std::countr_zero(static_cast<uint32_t>(length));
  for (size_t i = 0; i < order_.size(); ++i) {
    size_t reversed = 0;
    for (int bit = 0; bit < bits; ++bit) reversed |= (i >> bit & 1) << (bits - 1 - bit);
    order_[i] = static_cast<int32_t>(reversed);
  }
}

void Fft::RunPart(std::complex<double>* data, size_t fraction) const {
  const size_t length = order_.size() / fraction;
  for (size_t i = 0; i < length; ++i) {
    const auto other = static_cast<size_t>(order_[i * fraction]);
    if (i < other) std::swap(data[i], data[other]);
  }
  for (size_t i = 0; i + 1 < length; i += 2) {
    const Complex second = data[i + 1];
    data[i + 1] = data[i] - second;
    data[i] += second;
  }
  for (size_t half = 2; half < length; half *= 2) {
    const size_t step = order_.size() / (2 * half);
    for (size_t start = 0; start < length; start += 2 * half) {
      for (size_t k = 0; k < half; ++k) {
        const Complex turned = Times(data[start + half + k], turns_[k * step]);
        data[start + half + k] = data[start + k] - turned;
        data[start + k] += turned;
      }
    }
  }
}

void Fft::Run(std::complex<double>* data) const { RunPart(data, 1); }

// With z[n] = x[2 n] + i x[2 n + 1] the transforms of the even and odd elements are
// (Z[k] +- conj Z[half - k]) / 2, the latter over i, and x's is even[k] + turn[k] odd[k].
void Fft::RunReal(std::complex<double>* data) const {
  const size_t half = order_.size() / 2;
  if (half == 0) {
    data[0] = data[0].real();
    return;
  }
  RunPart(data, 2);
  const Complex first = data[0];
  data[0] = first.real() + first.imag();
  data[half] = first.real() - first.imag();
  for (size_t k = 1; k <= half / 2; ++k) {
    const Complex a = data[k];
    const Complex b = std::conj(data[half - k]);
    const Complex even = 0.5 * (a + b);
    const Complex difference = 0.5 * (a - b);
    const Complex odd = Times({difference.imag(), -difference.real()}, turns_[k]);
    data[k] = even + odd;
    data[half - k] = std::conj(even - odd);
  }
}

size_t RfftScratchBytes(const Fft& rows, const Fft& columns, int threads) {
  return ThreadElements(rows, columns) * sizeof(Complex) *
         static_cast<size_t>(std::max(1, threads));
}

void Rfft2d(const RfftProblem& p, const Fft& rows, const Fft& columns, const float* input,
            std::complex<float>* output, std::byte* scratch, const Parallel& parallel) {
  const int64_t out_elements = int64_t{columns.length()} * (rows.length() / 2 + 1);
  const auto tasks = static_cast<int>(std::min<int64_t>(p.batch, int64_t{4} * parallel.threads));
  parallel.For(tasks, [&](int task, int thread) {
    Complex* memory = reinterpret_cast<Complex*>(scratch) +
                      ThreadElements(rows, columns) * static_cast<size_t>(thread);
    for (int64_t i = p.batch * task / tasks; i < p.batch * (task + 1) / tasks; ++i) {
      Transform(p, rows, columns, input + i * p.in_height * p.in_width, output + i * out_elements,
                memory);
    }
  });
}

}  // namespace brink::kernels
