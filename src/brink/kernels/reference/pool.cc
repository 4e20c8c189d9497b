#include "brink/kernels/reference/pool.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace brink::kernels::reference {
namespace {

// Folds the cells of each window: state = fold(state, cell), output = finish(state, cells).
template <class T, class State, class Fold, class Finish>
void Pool(const Conv2dShape& s, const T* input, T* output, State start, Fold fold, Finish finish) {
  const Window2d& w = s.window;
  for (int b = 0; b < s.batch; ++b) {
    for (int oy = 0; oy < s.out_height; ++oy) {
      for (int ox = 0; ox < s.out_width; ++ox) {
        for (int c = 0; c < s.in_channels; ++c) {
          State state = start;
          int cells = 0;
          for (int ky = 0; ky < w.height; ++ky) {
            for (int kx = 0; kx < w.width; ++kx) {
              const int64_t y = int64_t{1} * oy * w.stride_height - w.pad_top + ky;
              const int64_t x = int64_t{1} * ox * w.stride_width - w.pad_left + kx;
              if (y < 0 || y >= s.in_height || x < 0 || x >= s.in_width) continue;
              const int64_t pixel = (int64_t{b} * s.in_height + y) * s.in_width + x;
              state = fold(state, input[pixel * s.in_channels + c]);
              ++cells;
            }
          }
          *output++ = finish(state, cells);
        }
      }
    }
  }
}

float ClampTo(FloatRange range, float value) {
  return std::min(std::max(value, range.low), range.high);
}
int32_t ClampTo(IntRange range, int32_t value) {
  return std::min(std::max(value, range.low), range.high);
}

template <class T>
void QuantizedMaxPool(const QuantizedPoolProblem& p, const T* input, T* output) {
  Pool(
      p.shape, input, output, int32_t{std::numeric_limits<T>::min()},
      [](int32_t most, T cell) { return std::max<int32_t>(most, cell); },
      [&](int32_t most, int) { return static_cast<T>(ClampTo(p.range, most)); });
}

template <class T>
void QuantizedAveragePool(const QuantizedPoolProblem& p, const T* input, T* output) {
  Pool(
      p.shape, input, output, int64_t{0}, [](int64_t sum, T cell) { return sum + cell; },
      [&](int64_t sum, int cells) {
        const int64_t half = sum > 0 ? cells / 2 : -(cells / 2);
        const auto mean = static_cast<int32_t>(cells == 0 ? 0 : (sum + half) / cells);
        return static_cast<T>(ClampTo(p.range, mean));
      });
}

}  // namespace

void MaxPool(const PoolProblem& p, const float* input, float* output) {
  Pool(
      p.shape, input, output, -std::numeric_limits<float>::infinity(),
      [](float most, float cell) { return std::max(most, cell); },
      [&](float most, int) { return ClampTo(p.range, most); });
}

void AveragePool(const PoolProblem& p, const float* input, float* output) {
  Pool(
      p.shape, input, output, 0.0, [](double sum, float cell) { return sum + double{cell}; },
      [&](double sum, int cells) {
        return ClampTo(p.range, cells == 0 ? 0.0F : static_cast<float>(sum / cells));
      });
}

void MaxPool(const QuantizedPoolProblem& p, const int8_t* input, int8_t* output) {
  QuantizedMaxPool(p, input, output);
}
void MaxPool(const QuantizedPoolProblem& p, const uint8_t* input, uint8_t* output) {
  QuantizedMaxPool(p, input, output);
}
void AveragePool(const QuantizedPoolProblem& p, const int8_t* input, int8_t* output) {
  QuantizedAveragePool(p, input, output);
}
void AveragePool(const QuantizedPoolProblem& p, const uint8_t* input, uint8_t* output) {
  QuantizedAveragePool(p, input, output);
}
void MaxPool(const QuantizedPoolProblem& p, const int16_t* input, int16_t* output) {
  QuantizedMaxPool(p, input, output);
}
void AveragePool(const QuantizedPoolProblem& p, const int16_t* input, int16_t* output) {
  QuantizedAveragePool(p, input, output);
}

void L2Pool(const PoolProblem& p, const float* input, float* output) {
  Pool(
      p.shape, input, output, 0.0,
      [](double sum, float cell) { return sum + double{cell} * double{cell}; },
      [&](double sum, int cells) {
        return ClampTo(p.range, cells == 0 ? 0.0F : static_cast<float>(std::sqrt(sum / cells)));
      });
}

}  // namespace brink::kernels::reference
