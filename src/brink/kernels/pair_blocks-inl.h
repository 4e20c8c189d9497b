// The rows of two broadcast inputs by blocks of vectors, compiled once a CPU target.
#if defined(BRINK_KERNELS_PAIR_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_PAIR_BLOCKS_INL_H_
#undef BRINK_KERNELS_PAIR_BLOCKS_INL_H_
#else
#define BRINK_KERNELS_PAIR_BLOCKS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "brink/kernels/map_pairs.h"
#include "brink/kernels/pieces.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

// The vectors of an input's row: At(i) is that at element i of a block.
template <class T>
struct DenseVectors {
  const T* from;

  HWY_INLINE auto At(size_t i) const {
    return hwy::HWY_NAMESPACE::LoadU(hwy::HWY_NAMESPACE::ScalableTag<T>(), from + i);
  }
  HWY_INLINE DenseVectors operator+(size_t i) const { return {from + i}; }
};
// Of one that stretches.
template <class T>
struct SameVectors {
  hwy::HWY_NAMESPACE::Vec<hwy::HWY_NAMESPACE::ScalableTag<T>> value;

  HWY_INLINE auto At(size_t) const { return value; }
  HWY_INLINE SameVectors operator+(size_t) const { return *this; }
};

// Calls block(a's vectors, b's vectors, output) for every kBlock elements of a row, which it reads
// before it writes the same elements of the output. What is left is copied to a block of its own.
template <size_t kBlock, class In, class Out, class Block>
void MapPairRow(PairArguments<In, Out> row, size_t length, bool a_stretches, bool b_stretches,
                Block block) {
  const auto map = [&](auto a, auto b, Out* output, size_t count) HWY_ATTR {
    for (size_t i = 0; i + kBlock <= count; i += kBlock) block(a + i, b + i, output + i);
  };
  const auto with = [&](const In* from_a, const In* from_b, Out* output, size_t count) HWY_ATTR {
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::ScalableTag<In> d;
    const DenseVectors<In> a{from_a};
    const DenseVectors<In> b{from_b};
    if (!a_stretches && !b_stretches) return map(a, b, output, count);
    const SameVectors<In> same_a{hn::Set(d, *from_a)};
    const SameVectors<In> same_b{hn::Set(d, *from_b)};
    if (!a_stretches) return map(a, same_b, output, count);
    if (!b_stretches) return map(same_a, b, output, count);
    map(same_a, same_b, output, count);
  };
  const size_t rest = length % kBlock;
  const size_t whole = length - rest;
  HWY_ALIGN In rest_a[kBlock];
  HWY_ALIGN In rest_b[kBlock];
  if (rest > 0) {  // before an output that is an input is written
    std::fill_n(rest_a, kBlock, In{0});
    std::fill_n(rest_b, kBlock, In{0});
    std::copy_n(a_stretches ? row.a : row.a + whole, a_stretches ? 1 : rest, rest_a);
    std::copy_n(b_stretches ? row.b : row.b + whole, b_stretches ? 1 : rest, rest_b);
  }
  with(row.a, row.b, row.output, whole);
  if (rest == 0) return;
  HWY_ALIGN Out part[kBlock];
  with(rest_a, rest_b, part, kBlock);
  std::copy_n(part, rest, row.output + whole);
}

template <size_t kBlock, class In, class Out, class Block>
void MapPairBlocks(const Broadcast& broadcast, const PairArguments<In, Out>& arguments,
                   RowRange rows, Block block) {
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  const int64_t length = broadcast.extents[inner];
  for (int64_t row = rows.first; row < rows.last; ++row) {
    const PairOffset at = OffsetOfRow(broadcast, row);
    MapPairRow<kBlock>(PairArguments<In, Out>{arguments.a + at.a, arguments.b + at.b,
                                              arguments.output + row * length},
                       static_cast<size_t>(length), broadcast.a_strides[inner] == 0,
                       broadcast.b_strides[inner] == 0, block);
  }
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_PAIR_BLOCKS_INL_H_
