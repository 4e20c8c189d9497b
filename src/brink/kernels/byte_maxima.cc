#include "brink/kernels/byte_maxima.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/byte_maxima.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR
using ByteTag = hn::ScalableTag<uint8_t>;
using BlockTag = hn::CappedTag<uint8_t, 16>;
constexpr size_t kBlock = hn::MaxLanes(BlockTag());

// The greatest of as many neighbours as a vector holds, at least. Those of the last vector may be
// in the one before it too.
template <class D>
HWY_INLINE hn::Vec<D> VectorOfRow(D d, const uint8_t* from, size_t length, hn::Vec<D> flips) {
  constexpr size_t kStep = hn::MaxLanes(D());
  auto even = hn::Xor(hn::LoadU(d, from + length - kStep), flips);
  auto odd = even;
  size_t i = 0;
  for (; i + 2 * kStep <= length; i += 2 * kStep) {
    even = hn::Max(even, hn::Xor(hn::LoadU(d, from + i), flips));
    odd = hn::Max(odd, hn::Xor(hn::LoadU(d, from + i + kStep), flips));
  }
  if (i + kStep <= length) even = hn::Max(even, hn::Xor(hn::LoadU(d, from + i), flips));
  return hn::Max(even, odd);
}

HWY_INLINE uint8_t LargestLane(hn::Vec<BlockTag> v) {
  const BlockTag d;
  v = hn::Max(v, hn::ShiftRightBytes<8>(d, v));
  v = hn::Max(v, hn::ShiftRightBytes<4>(d, v));
  v = hn::Max(v, hn::ShiftRightBytes<2>(d, v));
  v = hn::Max(v, hn::ShiftRightBytes<1>(d, v));
  return hn::GetLane(v);
}

// The greatest of each of a vector's columns.
template <class D>
HWY_INLINE void MaximaOfColumns(D d, const uint8_t* from, size_t rows, size_t stride, uint8_t flip,
                                uint8_t* to) {
  const auto flips = hn::Set(d, flip);
  auto most = hn::Zero(d);
  auto other = most;  // so that fewer wait for one another
  for (size_t row = 0; row + 2 <= rows; row += 2, from += 2 * stride) {
    most = hn::Max(most, hn::Xor(hn::LoadU(d, from), flips));
    other = hn::Max(other, hn::Xor(hn::LoadU(d, from + stride), flips));
  }
  if (rows % 2 != 0) most = hn::Max(most, hn::Xor(hn::LoadU(d, from), flips));
  hn::StoreU(hn::Xor(hn::Max(most, other), flips), d, to);
}

#endif

HWY_NOINLINE void MaximaOneByOne(const uint8_t* from, uint8_t* to, size_t rows, size_t length,
                                 uint8_t flip) {
  for (size_t i = 0; i < length; ++i) {
    uint8_t most = 0;
    for (size_t row = 0; row < rows; ++row)
      most = std::max(most, static_cast<uint8_t>(from[row * length + i] ^ flip));
    to[i] = most ^ flip;
  }
}

#if HWY_TARGET != HWY_SCALAR
// Of rows of which several make a vector: the greatest of these, then of all in it and of the rows
// that are left.
HWY_NOINLINE void MaximaOfShortRows(const uint8_t* from, uint8_t* to, size_t rows, size_t length,
                                    uint8_t flip) {
  constexpr size_t kStep = hn::MaxLanes(ByteTag());
  const size_t whole = rows * length / kStep * kStep;
  uint8_t last[2 * kStep];
  MaximaOfColumns(ByteTag(), from, whole / kStep, kStep, flip, last);
  std::copy_n(from + whole, rows * length - whole, last + kStep);
  MaximaOneByOne(last, to, (kStep + rows * length - whole) / length, length, flip);
}
#endif

HWY_INLINE uint8_t MaximumOfRow(const uint8_t* from, size_t length, uint8_t flip) {
#if HWY_TARGET != HWY_SCALAR
  constexpr size_t kStep = hn::MaxLanes(ByteTag());
  if (length >= kStep && kStep > kBlock) {
    HWY_ALIGN uint8_t lanes[kStep];
    const ByteTag d;
    hn::Store(VectorOfRow(d, from, length, hn::Set(d, flip)), d, lanes);
    const BlockTag block;
    return LargestLane(VectorOfRow(block, lanes, kStep, hn::Zero(block))) ^ flip;
  }
  if (length >= kBlock) {
    const BlockTag d;
    return LargestLane(VectorOfRow(d, from, length, hn::Set(d, flip))) ^ flip;
  }
#endif
  uint8_t most = 0;
  for (size_t i = 0; i < length; ++i) most = std::max(most, static_cast<uint8_t>(from[i] ^ flip));
  return most ^ flip;
}

// The last vector of a row's columns is moved back to be whole.
HWY_INLINE void MaximaOfBlock(const uint8_t* from, uint8_t* to, size_t rows, size_t length,
                              uint8_t flip) {
#if HWY_TARGET != HWY_SCALAR
  constexpr size_t kStep = hn::MaxLanes(ByteTag());
  constexpr size_t kManyRows = 64;  // where to bring a vector's together is little beside them
  size_t i = 0;
  for (; i + kStep <= length; i += kStep)
    MaximaOfColumns(ByteTag(), from + i, rows, length, flip, to + i);
  if (i == 0 && length >= kBlock && kStep % length == 0 && rows > kManyRows)
    return MaximaOfShortRows(from, to, rows, length, flip);
  if (length >= kBlock) {
    for (; i < length; i += kBlock) {
      const size_t at = std::min(i, length - kBlock);
      MaximaOfColumns(BlockTag(), from + at, rows, length, flip, to + at);
    }
    return;
  }
#endif
  MaximaOneByOne(from, to, rows, length, flip);
}

}  // namespace

void MaximaOfBlocks(const BlockShape& shape, uint8_t flip, const uint8_t* input, uint8_t* output) {
  for (size_t i = 0; i < shape.outer; ++i) {
    if (shape.inner == 1) {
      output[i] = MaximumOfRow(input + i * shape.middle, shape.middle, flip);
    } else {
      MaximaOfBlock(input + i * shape.middle * shape.inner, output + i * shape.inner, shape.middle,
                    shape.inner, flip);
    }
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(MaximaOfBlocks);

void ReduceByteMaxima(const BlockShape& shape, uint8_t flip, const uint8_t* input, uint8_t* output,
                      const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(MaximaOfBlocks);
  ForEachBlocks(shape, parallel, [&](size_t first, const BlockShape& blocks) {
    run(blocks, flip, input + first * shape.middle * shape.inner, output + first * shape.inner);
  });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
