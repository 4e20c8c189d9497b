#include "brink/kernels/fixed_fft.h"

#include <cassert>
#include <cmath>
#include <numbers>

namespace brink::kernels {
namespace {

constexpr int32_t kOne = 32767;

// Sums wrap.
int16_t Narrow(int32_t x) { return static_cast<int16_t>(x); }
// What leaves 32 bits wraps, too.
int16_t Rounded(int64_t product) {
  return Narrow(static_cast<int32_t>(static_cast<uint32_t>(product + (1 << 14))) >> 15);
}

FixedComplex operator+(FixedComplex a, FixedComplex b) {
  return {Narrow(a.real + b.real), Narrow(a.imaginary + b.imaginary)};
}
FixedComplex operator-(FixedComplex a, FixedComplex b) {
  return {Narrow(a.real - b.real), Narrow(a.imaginary - b.imaginary)};
}
FixedComplex operator*(FixedComplex a, FixedComplex b) {
  return {Rounded(int64_t{a.real} * b.real - int64_t{a.imaginary} * b.imaginary),
          Rounded(int64_t{a.real} * b.imaginary + int64_t{a.imaginary} * b.real)};
}
FixedComplex Divided(FixedComplex a, int32_t by) {
  const int32_t factor = kOne / by;
  return {Rounded(int64_t{a.real} * factor), Rounded(int64_t{a.imaginary} * factor)};
}

FixedComplex Turn(double phase) {
  return {static_cast<int16_t>(std::floor(.5 + kOne * std::cos(phase))),
          static_cast<int16_t>(std::floor(.5 + kOne * std::sin(phase)))};
}

}  // namespace

FixedFft::FixedFft(int length) : half_(length / 2) {
  assert(length >= kLeastLength && length <= kMostLength && (length & (length - 1)) == 0);
  for (int k = 0; k < half_; ++k) turns_.push_back(Turn(-2 * std::numbers::pi * k / half_));
  for (int k = 0; k < half_ / 2; ++k) {
    half_turns_.push_back(Turn(-std::numbers::pi * (static_cast<double>(k + 1) / half_ + .5)));
  }
}

// Butterflies of radix 2 over two halves of `half` numbers.
void FixedFft::Pairs(FixedComplex* numbers, int step, int half) const {
  for (int k = 0; k < half; ++k) {
    const FixedComplex a = Divided(numbers[k], 2);
    const FixedComplex b = Divided(numbers[k + half], 2) * turns_[static_cast<size_t>(k * step)];
    numbers[k + half] = a - b;
    numbers[k] = a + b;
  }
}

// Of radix 4 over four quarters.
void FixedFft::Quads(FixedComplex* numbers, int step, int quarter) const {
  const auto turned = [&](int k, int part) {
    return Divided(numbers[k + part * quarter], 4) * turns_[static_cast<size_t>(k * step * part)];
  };
  for (int k = 0; k < quarter; ++k) {
    const FixedComplex first = Divided(numbers[k], 4);
    const FixedComplex b = turned(k, 1);
    const FixedComplex c = turned(k, 2);
    const FixedComplex d = turned(k, 3);
    const FixedComplex difference = first - c;
    const FixedComplex sum = first + c;
    const FixedComplex odd_sum = b + d;
    const FixedComplex odd_difference = b - d;
    numbers[k] = sum + odd_sum;
    numbers[k + 2 * quarter] = sum - odd_sum;
    numbers[k + quarter] = {Narrow(difference.real + odd_difference.imaginary),
                            Narrow(difference.imaginary - odd_difference.real)};
    numbers[k + 3 * quarter] = {Narrow(difference.real - odd_difference.imaginary),
                                Narrow(difference.imaginary + odd_difference.real)};
  }
}

// Radix 4 first, a rest of 2 innermost.
void FixedFft::Work(const FixedComplex* input, int step, int count, FixedComplex* output) const {
  if (count == 1) {
    *output = *input;
    return;
  }
  const int radix = count % 4 == 0 ? 4 : 2;
  const int part = count / radix;
  for (int i = 0; i < radix; ++i) Work(input + i * step, step * radix, part, output + i * part);
  if (radix == 4) {
    Quads(output, step, part);
  } else {
    Pairs(output, step, part);
  }
}

void FixedFft::Transform(const int16_t* input, FixedComplex* output, std::byte* scratch) const {
  auto* numbers = reinterpret_cast<FixedComplex*>(scratch);
  // Two neighbours are one complex number.
  Work(reinterpret_cast<const FixedComplex*>(input), 1, half_, numbers);
  const FixedComplex first = Divided(numbers[0], 2);
  output[0] = {Narrow(first.real + first.imaginary), 0};
  output[half_] = {Narrow(first.real - first.imaginary), 0};
  for (int k = 1; k <= half_ / 2; ++k) {
    const FixedComplex mirrored = numbers[half_ - k];
    const FixedComplex a = Divided(numbers[k], 2);
    const FixedComplex b = Divided({mirrored.real, Narrow(-mirrored.imaginary)}, 2);
    const FixedComplex sum = a + b;
    const FixedComplex turned = (a - b) * half_turns_[static_cast<size_t>(k - 1)];
    output[k] = {Narrow((sum.real + turned.real) >> 1),
                 Narrow((sum.imaginary + turned.imaginary) >> 1)};
    output[half_ - k] = {Narrow((sum.real - turned.real) >> 1),
                         Narrow((turned.imaginary - sum.imaginary) >> 1)};
  }
}

}  // namespace brink::kernels
