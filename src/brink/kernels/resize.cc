#include "brink/kernels/resize.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/resize.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/conv_geometry.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/requantize-inl.h"
#include "brink/kernels/resize_places.h"
#include "brink/kernels/vector_loop-inl.h"

#ifndef BRINK_KERNELS_RESIZE_ROW_
#define BRINK_KERNELS_RESIZE_ROW_
namespace brink::kernels {
namespace {

// One output row: two input rows, the blended row between them, where columns come from.
template <class T, class Weight>
struct ResizeRow {
  const T* upper;
  const T* lower;
  Weight weight;  // of the lower
  Weight* blended;
  const ResizePlace<Weight>* columns;
  T* output;
};

}  // namespace
}  // namespace brink::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

HWY_INLINE FloatVector Between(FloatVector a, FloatVector b, FloatVector weight) {
  const FloatVector rest = hn::Sub(hn::Set(kFloat, 1.0F), weight);
  return hn::MulAdd(b, weight, hn::Mul(a, rest));
}

HWY_INLINE float Between(float a, float b, float weight) {
  return b * weight + a * (1.0F - weight);
}

// Numbers a and b blended to an output.
template <class T>
struct Blend {
  const T* a;
  const T* b;
  FloatVector weight;  // of b
  float* output;

  // All are loaded before any is stored: ARM loads and stores two vectors by one instruction.
  template <size_t kVectors>
  HWY_INLINE void At(size_t at) const {
    FloatVector from[kVectors], to[kVectors];
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; ++v) from[v] = Load(a + at + v * kStep);
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; ++v) to[v] = Load(b + at + v * kStep);
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; ++v)
      hn::StoreU(Between(from[v], to[v], weight), kFloat, output + at + v * kStep);
  }
  // By vectors; returns how many numbers those are.
  HWY_INLINE size_t Whole(size_t count) const {
    size_t i = 0;
    for (; i + 4 * kStep <= count; i += 4 * kStep) At<4>(i);
    for (; i + kStep <= count; i += kStep) At<1>(i);
    return i;
  }

 private:
  static HWY_INLINE FloatVector Load(const T* from) {
    if constexpr (sizeof(T) == sizeof(float)) {
      return hn::LoadU(kFloat, from);
    } else {
      return hn::ConvertTo(kFloat, hn::PromoteTo(kInt, hn::LoadU(hn::Rebind<T, FloatTag>(), from)));
    }
  }
};

// The blend of two cells' channels, by vectors where there are enough.
void BlendColumns(const float* a, const float* b, float weight, float* output, size_t channels) {
  const Blend<float> blend{a, b, hn::Set(kFloat, weight), output};
  size_t c = blend.Whole(channels);
  if (c == channels) return;
  if (c != 0) return blend.At<1>(channels - kStep);  // the last vector reaches back
  for (; c < channels; ++c) output[c] = Between(a[c], b[c], weight);
}

template <class T>
void BlendRows(const ResizeRow<T, float>& row, size_t count) {
  const Blend<T> blend{row.upper, row.lower, hn::Set(kFloat, row.weight), row.blended};
  for (size_t i = blend.Whole(count); i < count; ++i) {
    row.blended[i] =
        Between(static_cast<float>(row.upper[i]), static_cast<float>(row.lower[i]), row.weight);
  }
}

#if HWY_TARGET == HWY_NEON
// Channels that are blended at once.
constexpr size_t kTogether = 16;

// Products of eight bytes with the weights of both rows.
HWY_INLINE void StoreEight(int16x8_t a, int16x8_t b, int16_t upper, int16_t lower, int32_t* to) {
  const auto low = vmull_n_s16(vget_low_s16(a), upper);
  const auto high = vmull_n_s16(vget_high_s16(a), upper);
  vst1q_s32(to, vmlal_n_s16(low, vget_low_s16(b), lower));
  vst1q_s32(to + 4, vmlal_n_s16(high, vget_high_s16(b), lower));
}

// As BlendVector below, of kTogether channels.
HWY_INLINE void BlendTogether(const int32_t* a, const int32_t* b, int32_t weight, int8_t* output) {
  int16x4_t narrow[4];
#pragma GCC unroll 4
  for (size_t v = 0; v < 4; ++v) {
    const int32x4_t first = vmulq_n_s32(vld1q_s32(a + 4 * v), (1 << 10) - weight);
    const int32x4_t sum = vmlaq_n_s32(first, vld1q_s32(b + 4 * v), weight);
    narrow[v] = vmovn_s32(vrshrq_n_s32(vsraq_n_s32(sum, sum, 31), 20));
  }
  const int8x8_t low = vmovn_s16(vcombine_s16(narrow[0], narrow[1]));
  const int8x8_t high = vmovn_s16(vcombine_s16(narrow[2], narrow[3]));
  vst1q_s8(output, vcombine_s8(low, high));
}
#endif

// Sums of products with weights of 20 fraction bits fit 32 bits where values are bytes.
void BlendRows(const ResizeRow<int8_t, int32_t>& row, size_t count) {
  const hn::Rebind<int8_t, IntTag> narrow;
  const auto lower = hn::Set(kInt, row.weight);
  const auto upper = hn::Set(kInt, (1 << 10) - row.weight);
  const auto lanes = static_cast<size_t>(kIntLanes);
  size_t i = 0;
#if HWY_TARGET == HWY_NEON
  const auto from_upper = static_cast<int16_t>((1 << 10) - row.weight);
  const auto from_lower = static_cast<int16_t>(row.weight);
  for (; i + kTogether <= count; i += kTogether) {
    const int8x16_t a = vld1q_s8(row.upper + i);
    const int8x16_t b = vld1q_s8(row.lower + i);
    int32_t* to = row.blended + i;
    StoreEight(vmovl_s8(vget_low_s8(a)), vmovl_s8(vget_low_s8(b)), from_upper, from_lower, to);
    StoreEight(vmovl_s8(vget_high_s8(a)), vmovl_s8(vget_high_s8(b)), from_upper, from_lower,
               to + kTogether / 2);
  }
#endif
  for (; i + lanes <= count; i += lanes) {
    const auto a = hn::PromoteTo(kInt, hn::LoadU(narrow, row.upper + i));
    const auto b = hn::PromoteTo(kInt, hn::LoadU(narrow, row.lower + i));
    hn::StoreU(hn::Add(hn::Mul(a, upper), hn::Mul(b, lower)), kInt, row.blended + i);
  }
  for (; i < count; ++i) {
    row.blended[i] = row.upper[i] * ((1 << 10) - row.weight) + row.lower[i] * row.weight;
  }
}

// The blend of two cells' channels, of values with 10 fraction bits by a weight with as many;
// rounded half away from zero.
template <class Tag>
HWY_INLINE void BlendVector(Tag tag, const int32_t* a, const int32_t* b, hn::Vec<Tag> weight,
                            int8_t* output) {
  const auto rest = hn::Sub(hn::Set(tag, 1 << 10), weight);
  const auto sum = hn::Add(hn::Mul(hn::LoadU(tag, a), rest), hn::Mul(hn::LoadU(tag, b), weight));
  const auto half = hn::Add(hn::Set(tag, 1 << 19), hn::BroadcastSignBit(sum));
  const hn::Rebind<int8_t, Tag> narrow;
  hn::StoreU(hn::DemoteTo(narrow, hn::ShiftRight<20>(hn::Add(sum, half))), narrow, output);
}

// Cells of fewer channels than a vector has lanes, so many at a time.
using FewTag = hn::CappedTag<int32_t, 4>;
constexpr size_t kFew = hn::MaxLanes(FewTag());

// x / 2^20, rounded half away from zero.
HWY_INLINE int8_t RoundFixed(int32_t x) {
  return static_cast<int8_t>((x + (x > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
}

// Of a cell of fewer than kFew channels a vector reaches into the next, which is written
// afterwards; where there is no `room` for that its channels are blended one by one.
HWY_INLINE void BlendFew(const int32_t* a, const int32_t* b, int32_t weight, int8_t* output,
                         size_t channels, bool room) {
  const FewTag tag;
  const auto weights = hn::Set(tag, weight);
  if (channels < kFew && room) return BlendVector(tag, a, b, weights, output);
  size_t c = 0;
  for (; c + kFew <= channels; c += kFew) BlendVector(tag, a + c, b + c, weights, output + c);
  if (c == channels) return;
  if (c != 0) {
    c = channels - kFew;
    return BlendVector(tag, a + c, b + c, weights, output + c);
  }
  for (; c < channels; ++c) output[c] = RoundFixed(a[c] * ((1 << 10) - weight) + b[c] * weight);
}

}  // namespace

void ResizeFloatRow(const ResizeProblem& p, const ResizeRow<float, float>& row) {
  const auto channels = static_cast<size_t>(p.channels);
  const float* from = row.upper;
  if (row.upper != row.lower) {
    BlendRows(row, static_cast<size_t>(p.in_width) * channels);
    from = row.blended;
  }
  float* output = row.output;
  for (int x = 0; x < p.out_width; ++x, output += channels) {
    const ResizePlace<float>& place = row.columns[x];
    BlendColumns(from + static_cast<size_t>(place.lower) * channels,
                 from + static_cast<size_t>(place.upper) * channels, place.weight, output,
                 channels);
  }
}

void ResizeUnsignedRow(const ResizeProblem& p, const ResizeRow<uint8_t, float>& row) {
  const auto channels = static_cast<size_t>(p.channels);
  BlendRows(row, static_cast<size_t>(p.in_width) * channels);
  constexpr float kHalf = 0.5F;  // TFLite rounds so
  uint8_t* output = row.output;
  for (int x = 0; x < p.out_width; ++x, output += channels) {
    const ResizePlace<float>& place = row.columns[x];
    const float* a = row.blended + static_cast<size_t>(place.lower) * channels;
    const float* b = row.blended + static_cast<size_t>(place.upper) * channels;
    for (size_t c = 0; c < channels; ++c) {
      output[c] = static_cast<uint8_t>(Between(a[c], b[c], place.weight) + kHalf);
    }
  }
}

void ResizeSignedRow(const ResizeProblem& p, const ResizeRow<int8_t, int32_t>& row) {
  const auto channels = static_cast<size_t>(p.channels);
  const auto lanes = static_cast<size_t>(kIntLanes);
  BlendRows(row, static_cast<size_t>(p.in_width) * channels);
  int8_t* output = row.output;
  for (int x = 0; x < p.out_width; ++x, output += channels) {
    const ResizePlace<int32_t>& place = row.columns[x];
    const int32_t* a = row.blended + static_cast<size_t>(place.lower) * channels;
    const int32_t* b = row.blended + static_cast<size_t>(place.upper) * channels;
    size_t c = 0;
#if HWY_TARGET == HWY_NEON
    for (; c + kTogether <= channels; c += kTogether)
      BlendTogether(a + c, b + c, place.weight, output + c);
    if (c == channels) continue;
    if (c != 0) {
      c = channels - kTogether;
      BlendTogether(a + c, b + c, place.weight, output + c);
      continue;
    }
#endif
    const IntVector weight = hn::Set(kInt, place.weight);
    for (; c + lanes <= channels; c += lanes) BlendVector(kInt, a + c, b + c, weight, output + c);
    if (c == channels) continue;
    if (c != 0) {  // the last vector reaches back
      c = channels - lanes;
      BlendVector(kInt, a + c, b + c, weight, output + c);
      continue;
    }
    const bool room = static_cast<size_t>(p.in_width - place.upper) * channels >= kFew &&
                      static_cast<size_t>(p.out_width - x) * channels >= kFew;
    BlendFew(a, b, place.weight, output, channels, room);
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "brink/kernels/reference/resize.h"

namespace brink::kernels {
namespace {

HWY_EXPORT(ResizeFloatRow);
HWY_EXPORT(ResizeUnsignedRow);
HWY_EXPORT(ResizeSignedRow);

ResizeAxis Rows(const ResizeProblem& p) {
  return {p.in_height, p.out_height, p.align_corners, p.half_pixel_centers};
}
ResizeAxis Columns(const ResizeProblem& p) {
  return {p.in_width, p.out_width, p.align_corners, p.half_pixel_centers};
}

// Both weights are four bytes long.
size_t ColumnBytes(const ResizeProblem& p) {
  return AlignUp(static_cast<size_t>(p.out_width) * sizeof(ResizePlace<float>));
}
size_t RowBytes(const ResizeProblem& p) {
  return AlignUp(static_cast<size_t>(p.in_width) * static_cast<size_t>(p.channels) * sizeof(float));
}

ResizePlace<float> PlaceOf(float /*tag*/, const ResizeAxis& axis, int index) {
  return FloatPlace(axis, index);
}
ResizePlace<int32_t> PlaceOf(int32_t /*tag*/, const ResizeAxis& axis, int index) {
  return FixedPlace(axis, index);
}

// Calls body(first, last, thread) for ranges of the output's rows, over all batches.
template <class Body>
void ForRows(const ResizeProblem& p, const Parallel& parallel, Body body) {
  const int64_t rows = int64_t{1} * p.batch * p.out_height;
  const int64_t cost = int64_t{4} * p.out_width * p.channels * rows;
  const auto tasks = static_cast<int>(std::min<int64_t>(rows, TaskCount(cost, parallel.threads)));
  parallel.For(tasks, [&](int task, int thread) {
    body(rows * task / tasks, rows * (task + 1) / tasks, thread);
  });
}

template <class T, class Weight, class RowFunction>
void Bilinear(const ResizeProblem& p, const ResizeCall& call, RowFunction run) {
  auto* columns = reinterpret_cast<ResizePlace<Weight>*>(call.scratch);
  for (int x = 0; x < p.out_width; ++x) columns[x] = PlaceOf(Weight{}, Columns(p), x);
  const auto* input = static_cast<const T*>(call.input);
  const int64_t in_row = int64_t{1} * p.in_width * p.channels;
  const int64_t out_row = int64_t{1} * p.out_width * p.channels;
  ForRows(p, call.parallel, [&](int64_t first, int64_t last, int thread) {
    auto* blended = reinterpret_cast<Weight*>(call.scratch + ColumnBytes(p) +
                                              RowBytes(p) * static_cast<size_t>(thread));
    for (int64_t row = first; row < last; ++row) {
      const auto place = PlaceOf(Weight{}, Rows(p), static_cast<int>(row % p.out_height));
      const T* picture = input + row / p.out_height * p.in_height * in_row;
      run(p, ResizeRow<T, Weight>{picture + place.lower * in_row, picture + place.upper * in_row,
                                  place.weight, blended, columns,
                                  static_cast<T*>(call.output) + row * out_row});
    }
  });
}

// Copies cells; a constant size spares the call.
template <size_t kBytes>
void CopyCells(const std::byte* row, const int32_t* columns, int count, std::byte* output) {
  for (int x = 0; x < count; ++x, output += kBytes) {
    std::memcpy(output, row + static_cast<size_t>(columns[x]) * kBytes, kBytes);
  }
}

void CopyCells(const std::byte* row, const int32_t* columns, int count, size_t bytes,
               std::byte* output) {
  switch (bytes) {
    case 1:
      return CopyCells<1>(row, columns, count, output);
    case 4:
      return CopyCells<4>(row, columns, count, output);
    case 16:
      return CopyCells<16>(row, columns, count, output);
    default:
      for (int x = 0; x < count; ++x, output += bytes) {
        std::memcpy(output, row + static_cast<size_t>(columns[x]) * bytes, bytes);
      }
  }
}

}  // namespace

size_t ResizeScratchBytes(const ResizeProblem& p, int threads) {
  return ColumnBytes(p) + RowBytes(p) * static_cast<size_t>(std::max(1, threads));
}

void ResizeBilinear(const ResizeProblem& problem, Type type, const ResizeCall& call) {
  switch (type) {
    case Type::kFloat32:
      return Bilinear<float, float>(problem, call, BRINK_DISPATCH(ResizeFloatRow));
    case Type::kUInt8:
      return Bilinear<uint8_t, float>(problem, call, BRINK_DISPATCH(ResizeUnsignedRow));
    case Type::kInt8:
      return Bilinear<int8_t, int32_t>(problem, call, BRINK_DISPATCH(ResizeSignedRow));
    default:
      return reference::ResizeBilinear(problem, type, call.input, call.output);
  }
}

void ResizeNearest(const ResizeProblem& p, size_t element_bytes, const ResizeCall& call) {
  auto* columns = reinterpret_cast<int32_t*>(call.scratch);
  for (int x = 0; x < p.out_width; ++x) columns[x] = NearestPlace(Columns(p), x);
  const size_t cell = static_cast<size_t>(p.channels) * element_bytes;
  const size_t in_row = static_cast<size_t>(p.in_width) * cell;
  const size_t out_row = static_cast<size_t>(p.out_width) * cell;
  const auto* input = static_cast<const std::byte*>(call.input);
  ForRows(p, call.parallel, [&](int64_t first, int64_t last, int) {
    int64_t copied = -1;  // the input row that the output row before holds
    for (int64_t row = first; row < last; ++row) {
      const int64_t from = row / p.out_height * p.in_height +
                           NearestPlace(Rows(p), static_cast<int>(row % p.out_height));
      std::byte* output = static_cast<std::byte*>(call.output) + static_cast<size_t>(row) * out_row;
      if (from == copied) {
        std::memcpy(output, output - out_row, out_row);
      } else {
        CopyCells(input + static_cast<size_t>(from) * in_row, columns, p.out_width, cell, output);
      }
      copied = from;
    }
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
