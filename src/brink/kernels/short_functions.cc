#include "brink/kernels/short_functions.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "brink/kernels/pieces.h"

namespace brink::kernels {
namespace {

constexpr int64_t kPiece = 1 << 13;

template <class Function>
void Map(const ShortArguments& a, const Parallel& parallel, Function function) {
  ForEachPiece(a.count, kPiece, parallel, [&](int64_t begin, int64_t count) {
    for (int64_t i = begin; i < begin + count; ++i) a.output[i] = function(a.input[i]);
  });
}

// sigmoid(i / 24) * 2^16, raised by half of what a chord to the next entry lies too low, so that
// interpolation errs to both sides. It is TFLite's table, whose last entry differs.
std::array<uint16_t, 256> MakeSigmoidTable() {
  const auto sigmoid = [](double i) { return 65536.0 / (1.0 + std::exp(-i / 24.0)); };
  std::array<uint16_t, 256> table{};
  for (size_t i = 0; i < table.size(); ++i) {
    const auto at = static_cast<double>(i);
    const double chord = (sigmoid(at) + sigmoid(at + 1)) / 2;
    table[i] = static_cast<uint16_t>(std::round(sigmoid(at) + (sigmoid(at + 0.5) - chord) / 2));
  }
  table[255] = 65535;
  return table;
}

const std::array<uint16_t, 256>& SigmoidTable() {
  static const std::array<uint16_t, 256> table = MakeSigmoidTable();
  return table;
}

// Takes inputs to steps of 1 / (3 * 4096).
struct InputScale {
  int32_t multiplier;
  int shift;  // right

  // Powers of two up to 2^most_shift / 4096 are exact.
  InputScale(float scale, int most_shift) : multiplier(3), shift(0) {
    for (int exact = 0; exact <= most_shift; ++exact) {
      if (std::abs(std::log2(scale) - static_cast<float>(exact - 12)) < 1e-3F) {
        multiplier = 3 << exact;
        return;
      }
    }
    double steps = double{scale} * 4096.0 * 3.0;
    while (steps <= 32767.0 / 2.0 && shift <= 30) {
      ++shift;
      steps *= 2.0;
    }
    multiplier = static_cast<int32_t>(std::min(steps, 32767.0));
  }
  int32_t operator()(int16_t value) const {
    const int64_t round = shift > 0 ? int64_t{1} << (shift - 1) : 0;
    return static_cast<int32_t>((int64_t{value} * multiplier + round) >> shift);
  }
};

// The table's value at |x| / 2^bits, in units of 2^-bits, `beyond` past its end.
int32_t Interpolate(int32_t x, int bits, int32_t beyond) {
  const auto& table = SigmoidTable();
  const auto magnitude = static_cast<uint32_t>(std::abs(x));
  const uint32_t index = magnitude >> bits;
  if (index >= 255) return beyond;
  const int32_t base = table[index];
  const int32_t fraction = static_cast<int32_t>(magnitude & ((1U << bits) - 1));
  return base * (1 << bits) + fraction * (table[index + 1] - base);
}

}  // namespace

ShortTable MakeShortTable(Affine input, Affine output,
                          const std::function<float(float)>& function) {
  const auto real = [](Affine q, int32_t stored) {
    return q.scale * static_cast<float>(stored - q.zero_point);
  };
  const float first = real(input, -32768);
  const float last = real(input, 32767);
  const float step = (last - first) / 512;
  const float inverse = 65536.0F / (real(output, 32767) - real(output, -32768));
  const auto store = [](float value) {
    return static_cast<int16_t>(std::isnan(value) ? 0.0F : std::clamp(value, -32768.0F, 32767.0F));
  };
  ShortTable table{};
  for (size_t i = 0; i < 512; ++i) {
    const float at = first + static_cast<float>(i) * step;
    const float value = std::round(function(at) * inverse);
    const float next = function(first + static_cast<float>(i + 1) * step) * inverse;
    const float chord = std::round((next + value) / 2);
    const float middle = std::round(function(at + step / 2) * inverse);
    table[i] = store(value - std::round((chord - middle) / 2));
  }
  table[512] = store(std::round(function(last) * inverse));
  return table;
}

void ApplyTable(const ShortTable& table, const ShortArguments& arguments,
                const Parallel& parallel) {
  Map(arguments, parallel, [&](int16_t value) { return Lookup(table, value); });
}

void Logistic(float input_scale, const ShortArguments& arguments, const Parallel& parallel) {
  const InputScale scale(input_scale, 0);
  Map(arguments, parallel, [scale](int16_t value) {
    const int32_t x = scale(value);
    const int32_t magnitude = Interpolate(x, 9, 0x7FFF << 10);
    constexpr int32_t kHalf = 1 << 9;
    const int32_t result = x >= 0 ? magnitude + kHalf : (1 << 25) - magnitude + kHalf - 1;
    return static_cast<int16_t>(result >> 10);
  });
}

void Tanh(float input_scale, const ShortArguments& arguments, const Parallel& parallel) {
  const InputScale scale(input_scale, 1);
  Map(arguments, parallel, [scale](int16_t value) {
    const int32_t x = scale(value);
    const int32_t magnitude = Interpolate(x, 8, 0xFFFF << 8);
    constexpr int32_t kOne = 1 << 23;
    constexpr int32_t kHalf = 1 << 7;
    const int32_t result = x >= 0 ? magnitude - kOne + kHalf : -magnitude + kOne + kHalf - 1;
    return static_cast<int16_t>(result >> 8);
  });
}

ShortSlopes MakeLeakyRelu(Affine input, Affine output, float alpha) {
  return {.negative = QuantizeMultiplier(static_cast<double>(input.scale * alpha / output.scale)),
          .positive = QuantizeMultiplier(static_cast<double>(input.scale / output.scale)),
          .input_zero_point = input.zero_point,
          .output_zero_point = output.zero_point};
}

ShortSlopes MakeShortClamp(Affine input, Affine output, FloatRange range) {
  ShortSlopes slopes = MakeLeakyRelu(input, output, 1.0F);
  slopes.range = QuantizedClampRange(range, output.scale, output.zero_point, Type::kInt16);
  return slopes;
}

void ApplySlopes(const ShortSlopes& s, const ShortArguments& arguments, const Parallel& parallel) {
  const bool flips = s.negative.value < 0;
  const Multiplier negative = {std::abs(s.negative.value), s.negative.shift};
  Map(arguments, parallel, [&](int16_t stored) {
    const int32_t value = stored - s.input_zero_point;
    int64_t scaled = MultiplyByMultiplier(value, value >= 0 ? s.positive : negative);
    if (value < 0 && flips) scaled = -scaled;
    return static_cast<int16_t>(
        std::clamp<int64_t>(scaled + s.output_zero_point, s.range.low, s.range.high));
  });
}

}  // namespace brink::kernels
