// SOFTMAX of bytes, bit for bit as the reference: exponentials are looked up and added one by one,
// in order, all else is done by vectors.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "brink/kernels/softmax.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_softmax.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/byte_row-inl.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/requantize-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

using RealTag = hn::Rebind<float, IntTag>;
using RealVector = hn::Vec<RealTag>;
inline constexpr RealTag kReal{};
inline constexpr size_t kStep = hn::MaxLanes(IntTag());

// A sum's additions wait for one another, so those of so many rows are under way at once.
inline constexpr size_t kRows = 4;
// A row's exponentials that are kept between their sum and its use; further ones are looked up
// again.
inline constexpr size_t kKept = 512;
// Rows of fewer elements are written together.
inline constexpr size_t kLeast = 16;

// What turns exponentials into what is stored: by the sum's inverse, rounded as the reference does.
template <class Out>
class Rounder {
 public:
  explicit Rounder(int32_t zero_point) : zero_(hn::Set(kInt, zero_point)) {}

  HWY_INLINE hn::Vec<hn::Rebind<Out, IntTag>> operator()(RealVector exponential,
                                                         RealVector scale) const {
    const RealVector most = hn::Set(kReal, 1e6F);
    const RealVector least = hn::Set(kReal, -1e6F);
    RealVector steps = hn::Mul(exponential, scale);
    steps = hn::IfThenElse(hn::Gt(steps, least), hn::Min(steps, most), least);
    // What is a half but for its last bit takes halves, and nothing below them, to the next number.
    const RealVector half = std::is_same_v<Out, uint8_t>
                                ? hn::Set(kReal, 0.5F)
                                : hn::CopySignToAbs(hn::Set(kReal, 0x1.fffffep-2F), steps);
    const IntVector whole = hn::ConvertTo(kInt, hn::Add(steps, half));
    return hn::DemoteTo(hn::Rebind<Out, IntTag>(), hn::Add(whole, zero_));
  }

 private:
  IntVector zero_;
};

// `at(i)` gives a vector of what is stored from `i` on, beyond the row too.
template <class Out, class At>
HWY_INLINE void StoreRounded(Out* output, size_t depth, At at) {
  const hn::Rebind<Out, IntTag> narrow;
  size_t i = 0;
  for (; i + kStep <= depth; i += kStep) hn::StoreU(at(i), narrow, output + i);
  if (i == depth) return;
  if (depth >= kStep) return hn::StoreU(at(depth - kStep), narrow, output + depth - kStep);
  Out part[kStep];
  hn::StoreU(at(i), narrow, part);
  std::copy_n(part, depth - i, output + i);
}

#if HWY_TARGET == HWY_NEON
constexpr size_t kBlock = 16;

// Rounded as Rounder does what is not negative.
template <class Out>
HWY_INLINE int32x4_t Rounded(float32x4_t steps) {
#if HWY_ARCH_ARM_A64
  if constexpr (std::is_signed_v<Out>) return vcvtaq_s32_f32(steps);  // halves away from zero
#endif
  asm("" : "+w"(steps));  // a product that the compiler would fuse with the sum, and round once
  return vcvtq_s32_f32(
      vaddq_f32(steps, vdupq_n_f32(std::is_signed_v<Out> ? 0x1.fffffep-2F : 0.5F)));
}

// As Rounder, of kBlock exponentials and a scale that are not negative: bytes saturate.
template <class Out>
HWY_INLINE void StoreBlock(const float* exponentials, float scale, int16x8_t zero_point,
                           Out* output) {
  int16x4_t steps[4];
#pragma GCC unroll 4
  for (size_t v = 0; v < 4; ++v)
    steps[v] = vqmovn_s32(Rounded<Out>(vmulq_n_f32(vld1q_f32(exponentials + 4 * v), scale)));
  const int16x8_t low = vqaddq_s16(vcombine_s16(steps[0], steps[1]), zero_point);
  const int16x8_t high = vqaddq_s16(vcombine_s16(steps[2], steps[3]), zero_point);
  if constexpr (std::is_signed_v<Out>) {
    vst1q_s8(output, vcombine_s8(vqmovn_s16(low), vqmovn_s16(high)));
  } else {
    vst1q_u8(output, vcombine_u8(vqmovun_s16(low), vqmovun_s16(high)));
  }
}

template <class Out>
HWY_INLINE void StoreBlocks(int32_t zero_point, float scale, const float* exponentials, Out* output,
                            size_t depth) {
  const int16x8_t zero = vdupq_n_s16(static_cast<int16_t>(zero_point));
  size_t i = 0;
  for (; i + kBlock <= depth; i += kBlock) StoreBlock(exponentials + i, scale, zero, output + i);
  if (i == depth) return;
  i = depth - kBlock;  // the last block reaches back
  StoreBlock(exponentials + i, scale, zero, output + i);
}
#endif

// Behind the exponentials there is a vector that may be read too.
template <class Out>
HWY_INLINE void StoreRow(Affine to, float sum, const float* exponentials, Out* output,
                         size_t depth) {
  const float factor = 1.0F / (sum * to.scale);
#if HWY_TARGET == HWY_NEON
  if constexpr (sizeof(Out) == 1) {
    const bool in_order = factor >= 0 && std::isfinite(factor);
    if (in_order && depth >= kBlock)
      return StoreBlocks(to.zero_point, factor, exponentials, output, depth);
  }
#endif
  const Rounder<Out> rounder(to.zero_point);
  const RealVector scale = hn::Set(kReal, factor);
  StoreRounded(output, depth, [&](size_t i) HWY_ATTR {
    return rounder(hn::LoadU(kReal, exponentials + i), scale);
  });
}

// Rows of less than a vector, of kKept elements together at most: what is done for a row and not
// for an element takes longest.
template <class T, class Out>
HWY_INLINE void TinyRows(const QuantizedSoftmax& softmax, const T* input, Out* output, size_t depth,
                         size_t rows) {
  HWY_ALIGN float kept[kKept + kStep];
  HWY_ALIGN float scales[kKept + kStep];
  const size_t count = rows * depth;
  for (size_t row = 0; row < count; row += depth) {
    T most = input[row];
    for (size_t i = row + 1; i < row + depth; ++i) most = std::max(most, input[i]);
    const float* table = softmax.exp_table.data() + (255 - most);
    float sum = 0;
    for (size_t i = row; i < row + depth; ++i) sum += kept[i] = table[input[i]];
    std::fill_n(scales + row, depth, 1.0F / (sum * softmax.output.scale));
  }
  hn::StoreU(hn::Zero(kReal), kReal, kept + count);
  hn::StoreU(hn::Zero(kReal), kReal, scales + count);
  const Rounder<Out> rounder(softmax.output.zero_point);
  StoreRounded(output, count, [&](size_t i) HWY_ATTR {
    return rounder(hn::LoadU(kReal, kept + i), hn::LoadU(kReal, scales + i));
  });
}

// `rows` rows of kKept elements at most.
template <size_t rows, class T, class Out>
HWY_INLINE void ShortRows(const QuantizedSoftmax& softmax, const T* input, Out* output,
                          size_t depth) {
  HWY_ALIGN float kept[rows][kKept + kStep];
  const float* table = softmax.exp_table.data();
  const float* tables[rows];
  float sums[rows] = {};
#pragma GCC unroll 4
  for (size_t r = 0; r < rows; ++r) tables[r] = table + (255 - Largest(input + r * depth, depth));
  for (size_t i = 0; i < depth; ++i) {
#pragma GCC unroll 4
    for (size_t r = 0; r < rows; ++r) {
      const float exponential = tables[r][input[r * depth + i]];
      kept[r][i] = exponential;
      sums[r] += exponential;
    }
  }
  for (size_t r = 0; r < rows; ++r) {
    hn::StoreU(hn::Zero(kReal), kReal, kept[r] + depth);
    StoreRow(softmax.output, sums[r], kept[r], output + r * depth, depth);
  }
}

template <class T, class Out>
HWY_INLINE void LongRow(const QuantizedSoftmax& softmax, const T* input, Out* output,
                        size_t depth) {
  HWY_ALIGN float kept[kKept + kStep];
  const float* table = softmax.exp_table.data();
  const int32_t base = 255 - Largest(input, depth);
  float sum = 0;
  for (size_t i = 0; i < depth; ++i) sum += table[base + input[i]];
  for (size_t done = 0; done < depth; done += kKept) {
    const size_t count = std::min(kKept, depth - done);
    for (size_t i = 0; i < count; ++i) kept[i] = table[base + input[done + i]];
    hn::StoreU(hn::Zero(kReal), kReal, kept + count);
    StoreRow(softmax.output, sum, kept, output + done, count);
  }
}

template <class T, class Out>
void RowsOf(const QuantizedSoftmax& softmax, const QuantizedSoftmaxArguments<T, Out>& arguments) {
  const auto depth = static_cast<size_t>(arguments.shape.depth);
  const auto rows = static_cast<size_t>(arguments.shape.rows);
  const T* input = arguments.input;
  Out* output = arguments.output;
  size_t row = 0;
  if (depth > kKept) {
    for (; row < rows; ++row) LongRow(softmax, input + row * depth, output + row * depth, depth);
    return;
  }
  if (depth < kLeast && rows > 1) {
    for (size_t count; row < rows; row += count) {
      count = std::min(kKept / depth, rows - row);
      TinyRows(softmax, input + row * depth, output + row * depth, depth, count);
    }
    return;
  }
  for (; row + kRows <= rows; row += kRows)
    ShortRows<kRows>(softmax, input + row * depth, output + row * depth, depth);
  for (; row < rows; ++row) ShortRows<1>(softmax, input + row * depth, output + row * depth, depth);
}

}  // namespace

void SoftmaxSigned(const QuantizedSoftmax& softmax,
                   const QuantizedSoftmaxArguments<int8_t>& arguments) {
  RowsOf(softmax, arguments);
}
void SoftmaxUnsigned(const QuantizedSoftmax& softmax,
                     const QuantizedSoftmaxArguments<uint8_t>& arguments) {
  RowsOf(softmax, arguments);
}
void SoftmaxSignedToShort(const QuantizedSoftmax& softmax,
                          const QuantizedSoftmaxArguments<int8_t, int16_t>& arguments) {
  RowsOf(softmax, arguments);
}
void SoftmaxUnsignedToShort(const QuantizedSoftmax& softmax,
                            const QuantizedSoftmaxArguments<uint8_t, int16_t>& arguments) {
  RowsOf(softmax, arguments);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(SoftmaxSigned);
HWY_EXPORT(SoftmaxUnsigned);
HWY_EXPORT(SoftmaxSignedToShort);
HWY_EXPORT(SoftmaxUnsignedToShort);

template <class T, class Out, class Run>
void PiecesOf(const QuantizedSoftmax& softmax, const QuantizedSoftmaxArguments<T, Out>& arguments,
              const Parallel& parallel, Run run) {
  const int64_t depth = arguments.shape.depth;
  if (depth == 0) return;
  const int64_t rows = std::max<int64_t>(1, (1 << 13) / depth);
  ForEachPiece(arguments.shape.rows, rows, parallel, [&](int64_t begin, int64_t count) {
    run(softmax,
        QuantizedSoftmaxArguments<T, Out>{
            {count, depth}, arguments.input + begin * depth, arguments.output + begin * depth});
  });
}

}  // namespace

QuantizedSoftmax MakeQuantizedSoftmax(float beta, float input_scale, Affine output) {
  QuantizedSoftmax softmax;
  softmax.output = output;
  const float scale = -input_scale * beta;
  for (int difference = 0; difference < 256; ++difference) {
    softmax.exp_table[static_cast<size_t>(255 - difference)] =
        std::exp(scale * static_cast<float>(difference));
  }
  return softmax;
}

void Softmax(const QuantizedSoftmax& softmax, const QuantizedSoftmaxArguments<int8_t>& arguments,
             const Parallel& parallel) {
  PiecesOf(softmax, arguments, parallel, BRINK_DISPATCH(SoftmaxSigned));
}
void Softmax(const QuantizedSoftmax& softmax, const QuantizedSoftmaxArguments<uint8_t>& arguments,
             const Parallel& parallel) {
  PiecesOf(softmax, arguments, parallel, BRINK_DISPATCH(SoftmaxUnsigned));
}
void Softmax(const QuantizedSoftmax& softmax,
             const QuantizedSoftmaxArguments<int8_t, int16_t>& arguments,
             const Parallel& parallel) {
  PiecesOf(softmax, arguments, parallel, BRINK_DISPATCH(SoftmaxSignedToShort));
}
void Softmax(const QuantizedSoftmax& softmax,
             const QuantizedSoftmaxArguments<uint8_t, int16_t>& arguments,
             const Parallel& parallel) {
  PiecesOf(softmax, arguments, parallel, BRINK_DISPATCH(SoftmaxUnsignedToShort));
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
