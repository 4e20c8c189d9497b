// Rows of two inputs of bytes by whole vectors of them, compiled once a CPU target. An operator is
// a class: see CertainMulVectors.
#if defined(BRINK_KERNELS_BYTE_VECTOR_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BRINK_KERNELS_BYTE_VECTOR_ROWS_INL_H_
#undef BRINK_KERNELS_BYTE_VECTOR_ROWS_INL_H_
#else
#define BRINK_KERNELS_BYTE_VECTOR_ROWS_INL_H_
#endif

#include "brink/kernels/quantized_elementwise.h"
#include "brink/kernels/quantized_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

#if BRINK_PACKS_BLOCKS

// The whole vectors of a row, of inputs that are loaded from a place on.
template <class T, class Vectors, class LoadA, class LoadB>
HWY_INLINE void MapVectors(const Vectors& vectors, LoadA a, LoadB b, T* output, size_t length) {
  const Vectors op = vectors;  // apart, as every store of bytes could change what is pointed to
  const hn::Repartition<T, IntTag> d;
  for (size_t i = 0; i + Vectors::kBytes <= length; i += Vectors::kBytes)
    hn::StoreU(op(a(i), b(i)), d, output + i);
}

// The first vectors of a row; returns how many bytes these are.
template <class T, class Vectors>
HWY_INLINE size_t MapVectors(const Vectors& op, const T* a, bool a_stretches, const T* b,
                             bool b_stretches, T* output, size_t length) {
  const hn::Repartition<T, IntTag> d;
  const auto load_a = [&](size_t i) HWY_ATTR { return hn::LoadU(d, a + i); };
  const auto load_b = [&](size_t i) HWY_ATTR { return hn::LoadU(d, b + i); };
  if (a_stretches) {
    const auto value = hn::Set(d, *a);
    MapVectors(
        op, [&](size_t) HWY_ATTR { return value; }, load_b, output, length);
  } else if (b_stretches) {
    const auto value = hn::Set(d, *b);
    MapVectors(
        op, load_a, [&](size_t) HWY_ATTR { return value; }, output, length);
  } else {
    MapVectors(op, load_a, load_b, output, length);
  }
  return length / Vectors::kBytes * Vectors::kBytes;
}

// Rows by whole vectors of bytes, what is left of each by `rest`.
template <class T, class Vectors, class Rest>
void VectorRows(const Vectors& op, const Rest& rest, const Broadcast& broadcast,
                const QuantizedBinaryArguments<T>& arguments, RowRange rows) {
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  const int64_t length = broadcast.extents[inner];
  const int64_t a_step = broadcast.a_strides[inner];
  const int64_t b_step = broadcast.b_strides[inner];
  const QuantizedBinaryArguments<T> all = arguments;  // apart, as above
  const bool is_flat = broadcast.rank == 2;
  for (int64_t row = rows.first; row < rows.last; ++row) {
    const PairOffset at =
        is_flat ? PairOffset{row * broadcast.a_strides[0], row * broadcast.b_strides[0]}
                : OffsetOfRow(broadcast, row);
    const T* a = all.a + at.a;
    const T* b = all.b + at.b;
    T* output = all.output + row * length;
    const auto done = static_cast<int64_t>(
        MapVectors(op, a, a_step == 0, b, b_step == 0, output, static_cast<size_t>(length)));
    if (done == length) continue;
    Broadcast part;
    part.extents[0] = length - done;
    part.a_strides[0] = a_step;
    part.b_strides[0] = b_step;
    PairRows(rest, part,
             QuantizedBinaryArguments<T>{a + done * a_step, b + done * b_step, output + done},
             RowRange{0, 1});
  }
}

#endif

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // BRINK_KERNELS_BYTE_VECTOR_ROWS_INL_H_
