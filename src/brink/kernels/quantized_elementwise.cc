#include "brink/kernels/quantized_elementwise.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_elementwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/requantize-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

inline constexpr auto kStep = static_cast<size_t>(kIntLanes);

// `count` bytes as 32-bit integers, count in [1, kStep]; lanes behind them are 0.
template <class T>
HWY_INLINE IntVector LoadBytes(const T* from, size_t count) {
  const hn::Rebind<T, IntTag> narrow;
  if (count == kStep) return hn::PromoteTo(kInt, hn::LoadU(narrow, from));
  T bytes[kStep] = {};
  std::memcpy(bytes, from, count);
  return hn::PromoteTo(kInt, hn::LoadU(narrow, bytes));
}

template <class T>
HWY_INLINE void StoreBytes(IntVector values, T* to, size_t count) {
  const hn::Rebind<T, IntTag> narrow;
  if (count == kStep) return hn::StoreU(hn::DemoteTo(narrow, values), narrow, to);
  T bytes[kStep];
  hn::StoreU(hn::DemoteTo(narrow, values), narrow, bytes);
  std::memcpy(to, bytes, count);
}

HWY_INLINE IntVector ClampTo(IntVector low, IntVector high, IntVector value) {
  return hn::Min(hn::Max(value, low), high);
}

class AddVectors {
 public:
  explicit AddVectors(const QuantizedAdd& add)
      : a_zero_(hn::Set(kInt, add.a_zero_point)),
        b_zero_(hn::Set(kInt, add.b_zero_point)),
        out_zero_(hn::Set(kInt, add.output_zero_point)),
        low_(hn::Set(kInt, add.range.low)),
        high_(hn::Set(kInt, add.range.high)),
        a_(add.a),
        b_(add.b),
        out_(add.output) {}

  HWY_INLINE IntVector operator()(IntVector a, IntVector b) const {
    const IntVector x = MultiplyByMultiplier(hn::ShiftLeft<20>(hn::Sub(a, a_zero_)), a_);
    const IntVector y = MultiplyByMultiplier(hn::ShiftLeft<20>(hn::Sub(b, b_zero_)), b_);
    const IntVector sum = MultiplyByMultiplier(hn::Add(x, y), out_);
    return ClampTo(low_, high_, hn::Add(sum, out_zero_));
  }

 private:
  IntVector a_zero_, b_zero_, out_zero_, low_, high_;
  VectorMultiplier a_, b_, out_;
};

class MulVectors {
 public:
  explicit MulVectors(const QuantizedMul& mul)
      : a_zero_(hn::Set(kInt, mul.a_zero_point)),
        b_zero_(hn::Set(kInt, mul.b_zero_point)),
        out_zero_(hn::Set(kInt, mul.output_zero_point)),
        low_(hn::Set(kInt, mul.range.low)),
        high_(hn::Set(kInt, mul.range.high)),
        out_(mul.output) {}

  HWY_INLINE IntVector operator()(IntVector a, IntVector b) const {
    const IntVector product = hn::Mul(hn::Sub(a, a_zero_), hn::Sub(b, b_zero_));
    return ClampTo(low_, high_, hn::Add(MultiplyByMultiplier(product, out_), out_zero_));
  }

 private:
  IntVector a_zero_, b_zero_, out_zero_, low_, high_;
  VectorMultiplier out_;
};

template <class T, class Operator>
void PairRows(const Operator& apply, const Broadcast& broadcast,
              const QuantizedBinaryArguments<T>& arguments, RowRange rows) {
  const auto inner = static_cast<size_t>(broadcast.rank - 1);
  const auto length = static_cast<size_t>(broadcast.extents[inner]);
  const bool a_stretches = broadcast.a_strides[inner] == 0;
  const bool b_stretches = broadcast.b_strides[inner] == 0;
  for (int64_t row = rows.first; row < rows.last; ++row) {
    const PairOffset at = OffsetOfRow(broadcast, row);
    const T* a = arguments.a + at.a;
    const T* b = arguments.b + at.b;
    T* output = arguments.output + row * broadcast.extents[inner];
    // Read before the row's first store, as the output may be the same memory.
    const IntVector a_value = hn::Set(kInt, *a);
    const IntVector b_value = hn::Set(kInt, *b);
    for (size_t i = 0; i < length; i += kStep) {
      const size_t count = std::min(kStep, length - i);
      StoreBytes(apply(a_stretches ? a_value : LoadBytes(a + i, count),
                       b_stretches ? b_value : LoadBytes(b + i, count)),
                 output + i, count);
    }
  }
}

}  // namespace

void AddRowsSigned(const QuantizedAdd& add, const Broadcast& broadcast,
                   const QuantizedBinaryArguments<int8_t>& arguments, RowRange rows) {
  PairRows(AddVectors(add), broadcast, arguments, rows);
}
void AddRowsUnsigned(const QuantizedAdd& add, const Broadcast& broadcast,
                     const QuantizedBinaryArguments<uint8_t>& arguments, RowRange rows) {
  PairRows(AddVectors(add), broadcast, arguments, rows);
}
void MulRowsSigned(const QuantizedMul& mul, const Broadcast& broadcast,
                   const QuantizedBinaryArguments<int8_t>& arguments, RowRange rows) {
  PairRows(MulVectors(mul), broadcast, arguments, rows);
}
void MulRowsUnsigned(const QuantizedMul& mul, const Broadcast& broadcast,
                     const QuantizedBinaryArguments<uint8_t>& arguments, RowRange rows) {
  PairRows(MulVectors(mul), broadcast, arguments, rows);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(AddRowsSigned);
HWY_EXPORT(AddRowsUnsigned);
HWY_EXPORT(MulRowsSigned);
HWY_EXPORT(MulRowsUnsigned);

template <class T, class Parameters, class Run>
void BinaryOf(const Parameters& parameters, const Broadcast& broadcast,
              const QuantizedBinaryArguments<T>& arguments, const Parallel& parallel, Run run) {
  ForEachRowPiece(
      broadcast, 1 << 14, parallel, [&](const Broadcast& part, PairOffset at, RowRange rows) {
        run(parameters, part,
            {arguments.a + at.a, arguments.b + at.b, arguments.output + at.output}, rows);
      });
}

}  // namespace

void ApplyTable(const ByteTable& table, const ByteArguments& arguments, const Parallel& parallel) {
  ForEachPiece(arguments.count, 1 << 15, parallel, [&](int64_t begin, int64_t count) {
    const uint8_t* in = arguments.input + begin;
    uint8_t* out = arguments.output + begin;
    for (int64_t i = 0; i < count; ++i) out[i] = table[in[i]];
  });
}

void Add(const QuantizedAdd& add, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int8_t>& arguments, const Parallel& parallel) {
  BinaryOf(add, broadcast, arguments, parallel, BRINK_DISPATCH(AddRowsSigned));
}
void Add(const QuantizedAdd& add, const Broadcast& broadcast,
         const QuantizedBinaryArguments<uint8_t>& arguments, const Parallel& parallel) {
  BinaryOf(add, broadcast, arguments, parallel, BRINK_DISPATCH(AddRowsUnsigned));
}
void Mul(const QuantizedMul& mul, const Broadcast& broadcast,
         const QuantizedBinaryArguments<int8_t>& arguments, const Parallel& parallel) {
  BinaryOf(mul, broadcast, arguments, parallel, BRINK_DISPATCH(MulRowsSigned));
}
void Mul(const QuantizedMul& mul, const Broadcast& broadcast,
         const QuantizedBinaryArguments<uint8_t>& arguments, const Parallel& parallel) {
  BinaryOf(mul, broadcast, arguments, parallel, BRINK_DISPATCH(MulRowsUnsigned));
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
