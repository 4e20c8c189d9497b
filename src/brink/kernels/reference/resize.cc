#include "brink/kernels/reference/resize.h"

#include <cstring>

#include "brink/kernels/resize_places.h"

namespace brink::kernels::reference {
namespace {

ResizeAxis Rows(const ResizeProblem& p) {
  return {p.in_height, p.out_height, p.align_corners, p.half_pixel_centers};
}
ResizeAxis Columns(const ResizeProblem& p) {
  return {p.in_width, p.out_width, p.align_corners, p.half_pixel_centers};
}

// An output element's place.
struct OutputIndex {
  int batch, y, x;
};

// Calls visit for each output pixel in order.
template <class Visit>
void ForEachPixel(const ResizeProblem& p, Visit visit) {
  for (int b = 0; b < p.batch; ++b) {
    for (int y = 0; y < p.out_height; ++y) {
      for (int x = 0; x < p.out_width; ++x) visit(OutputIndex{b, y, x});
    }
  }
}

// The channels of an input pixel.
template <class T>
const T* At(const ResizeProblem& p, const T* input, int batch, int y, int x) {
  return input + ((int64_t{batch} * p.in_height + y) * p.in_width + x) * p.channels;
}

template <class T>
void BilinearOfFloats(const ResizeProblem& p, const T* input, T* output) {
  const float half = std::is_integral_v<T> ? 0.5F : 0.0F;
  ForEachPixel(p, [&](const OutputIndex& at) {
    const auto y = FloatPlace(Rows(p), at.y);
    const auto x = FloatPlace(Columns(p), at.x);
    const T* a = At(p, input, at.batch, y.lower, x.lower);
    const T* b = At(p, input, at.batch, y.lower, x.upper);
    const T* c = At(p, input, at.batch, y.upper, x.lower);
    const T* d = At(p, input, at.batch, y.upper, x.upper);
    for (int i = 0; i < p.channels; ++i) {
      const float sum = static_cast<float>(a[i]) * (1 - y.weight) * (1 - x.weight) +
                        static_cast<float>(c[i]) * y.weight * (1 - x.weight) +
                        static_cast<float>(b[i]) * (1 - y.weight) * x.weight +
                        static_cast<float>(d[i]) * y.weight * x.weight;
      *output++ = static_cast<T>(sum + half);
    }
  });
}

template <class T>
void BilinearOfIntegers(const ResizeProblem& p, const T* input, T* output) {
  constexpr int64_t kOne = 1 << 10;
  ForEachPixel(p, [&](const OutputIndex& at) {
    const auto y = FixedPlace(Rows(p), at.y);
    const auto x = FixedPlace(Columns(p), at.x);
    const T* a = At(p, input, at.batch, y.lower, x.lower);
    const T* b = At(p, input, at.batch, y.lower, x.upper);
    const T* c = At(p, input, at.batch, y.upper, x.lower);
    const T* d = At(p, input, at.batch, y.upper, x.upper);
    for (int i = 0; i < p.channels; ++i) {
      const int64_t upper = a[i] * (kOne - x.weight) + b[i] * int64_t{x.weight};
      const int64_t lower = c[i] * (kOne - x.weight) + d[i] * int64_t{x.weight};
      const int64_t sum = upper * (kOne - y.weight) + lower * y.weight;
      *output++ = static_cast<T>((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
    }
  });
}

}  // namespace

void ResizeBilinear(const ResizeProblem& p, Type type, const void* input, void* output) {
  switch (type) {
    case Type::kFloat32:
      return BilinearOfFloats(p, static_cast<const float*>(input), static_cast<float*>(output));
    case Type::kUInt8:
      return BilinearOfFloats(p, static_cast<const uint8_t*>(input), static_cast<uint8_t*>(output));
    case Type::kInt8:
      return BilinearOfIntegers(p, static_cast<const int8_t*>(input), static_cast<int8_t*>(output));
    default:
      return BilinearOfIntegers(p, static_cast<const int16_t*>(input),
                                static_cast<int16_t*>(output));
  }
}

void ResizeNearest(const ResizeProblem& p, size_t element_bytes, const void* input, void* output) {
  const size_t cell = static_cast<size_t>(p.channels) * element_bytes;
  auto* to = static_cast<std::byte*>(output);
  ForEachPixel(p, [&](const OutputIndex& at) {
    const int y = NearestPlace(Rows(p), at.y);
    const int x = NearestPlace(Columns(p), at.x);
    const int64_t pixel = (int64_t{at.batch} * p.in_height + y) * p.in_width + x;
    std::memcpy(to, static_cast<const std::byte*>(input) + static_cast<size_t>(pixel) * cell, cell);
    to += cell;
  });
}

}  // namespace brink::kernels::reference
