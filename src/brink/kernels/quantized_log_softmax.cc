// LOG_SOFTMAX of bytes, bit for bit as the reference: exponentials are looked up and added one by
// one, in order, all else is done by vectors. Compiled so that no product and sum are fused.
#include <algorithm>
#include <cmath>

#include "brink/kernels/normalize.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/quantized_log_softmax.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/byte_row-inl.h"
#include "brink/kernels/dispatch.h"
#include "brink/kernels/pieces.h"
#include "brink/kernels/requantize-inl.h"
#include "brink/kernels/vector_loop-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {
namespace {

// A sum's additions wait for one another, so those of so many rows are under way at once.
constexpr size_t kRows = 4;

// What turns inputs into logarithms as they are stored.
template <class T>
class Logarithms {
 public:
  Logarithms(float input_scale, float subtracted, Affine output)
      : input_scale_(hn::Set(kFloat, input_scale)),
        subtracted_(hn::Set(kFloat, subtracted)),
        output_scale_(hn::Set(kFloat, output.scale)),
        zero_(hn::Set(kInt, output.zero_point)) {}

  // The last vector is moved back to be whole, and computed before what it reads is written.
  void Row(const T* input, T* output, size_t depth) const {
    if (depth < kStep) {
      T part[kStep] = {};
      std::copy_n(input, depth, part);
      hn::StoreU(Vector(part), kNarrow, part);
      std::copy_n(part, depth, output);
      return;
    }
    const bool is_cut = depth % kStep != 0;
    auto last = hn::Zero(kNarrow);
    if (is_cut) last = Vector(input + depth - kStep);
    for (size_t i = 0; i + kStep <= depth; i += kStep)
      hn::StoreU(Vector(input + i), kNarrow, output + i);
    if (is_cut) hn::StoreU(last, kNarrow, output + depth - kStep);
  }

 private:
  static constexpr hn::Rebind<T, IntTag> kNarrow{};

  HWY_INLINE auto Vector(const T* input) const {
    const FloatVector x = hn::ConvertTo(kFloat, hn::PromoteTo(kInt, hn::LoadU(kNarrow, input)));
    const FloatVector logarithm = hn::Sub(hn::Mul(input_scale_, x), subtracted_);
    const FloatVector steps = hn::Round(Divide(logarithm, output_scale_));
    // NaN, of infinite scales, is the least.
    const FloatVector most = hn::Set(kFloat, 1e6F);
    const FloatVector least = hn::Set(kFloat, -1e6F);
    const FloatVector bounded = hn::IfThenElse(hn::Gt(steps, least), hn::Min(steps, most), least);
    return hn::DemoteTo(kNarrow, hn::Add(hn::ConvertTo(kInt, bounded), zero_));
  }

  FloatVector input_scale_, subtracted_, output_scale_;
  IntVector zero_;
};

template <size_t rows, class T>
HWY_INLINE void LogRows(const QuantizedSoftmax& softmax, float input_scale, const T* input,
                        T* output, size_t depth) {
  const float* table = softmax.exp_table.data();
  int32_t bases[rows];
  float sums[rows] = {};
#pragma GCC unroll 4
  for (size_t r = 0; r < rows; ++r) bases[r] = 255 - Largest(input + r * depth, depth);
  for (size_t i = 0; i < depth; ++i) {
#pragma GCC unroll 4
    for (size_t r = 0; r < rows; ++r) sums[r] += table[bases[r] + input[r * depth + i]];
  }
  for (size_t r = 0; r < rows; ++r) {
    const float subtracted = input_scale * static_cast<float>(255 - bases[r]) + std::log(sums[r]);
    Logarithms<T>(input_scale, subtracted, softmax.output)
        .Row(input + r * depth, output + r * depth, depth);
  }
}

template <class T>
void LogRowsOf(const QuantizedSoftmax& softmax, float input_scale,
               const QuantizedSoftmaxArguments<T>& arguments) {
  const auto depth = static_cast<size_t>(arguments.shape.depth);
  const auto rows = static_cast<size_t>(arguments.shape.rows);
  const auto at = [depth](auto* from, size_t row) { return from + row * depth; };
  size_t row = 0;
  for (; row + kRows <= rows; row += kRows)
    LogRows<kRows>(softmax, input_scale, at(arguments.input, row), at(arguments.output, row),
                   depth);
  for (; row < rows; ++row)
    LogRows<1>(softmax, input_scale, at(arguments.input, row), at(arguments.output, row), depth);
}

}  // namespace

void LogSoftmaxSigned(const QuantizedSoftmax& softmax, float input_scale,
                      const QuantizedSoftmaxArguments<int8_t>& arguments) {
  LogRowsOf(softmax, input_scale, arguments);
}
void LogSoftmaxUnsigned(const QuantizedSoftmax& softmax, float input_scale,
                        const QuantizedSoftmaxArguments<uint8_t>& arguments) {
  LogRowsOf(softmax, input_scale, arguments);
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {
namespace {

HWY_EXPORT(LogSoftmaxSigned);
HWY_EXPORT(LogSoftmaxUnsigned);

template <class T, class Run>
void PiecesOf(const QuantizedSoftmaxArguments<T>& arguments, const Parallel& parallel, Run run) {
  const int64_t depth = arguments.shape.depth;
  if (depth == 0) return;
  const int64_t rows = std::max<int64_t>(1, (1 << 13) / depth);
  ForEachPiece(arguments.shape.rows, rows, parallel, [&](int64_t begin, int64_t count) {
    run(QuantizedSoftmaxArguments<T>{
        {count, depth}, arguments.input + begin * depth, arguments.output + begin * depth});
  });
}

}  // namespace

void LogSoftmax(const QuantizedSoftmax& softmax, float input_scale,
                const QuantizedSoftmaxArguments<int8_t>& arguments, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(LogSoftmaxSigned);
  PiecesOf(arguments, parallel, [&](const auto& part) { run(softmax, input_scale, part); });
}
void LogSoftmax(const QuantizedSoftmax& softmax, float input_scale,
                const QuantizedSoftmaxArguments<uint8_t>& arguments, const Parallel& parallel) {
  const auto run = BRINK_DISPATCH(LogSoftmaxUnsigned);
  PiecesOf(arguments, parallel, [&](const auto& part) { run(softmax, input_scale, part); });
}

}  // namespace brink::kernels
#endif  // HWY_ONCE
