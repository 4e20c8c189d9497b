#include "brink/kernels/matrix_vector.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "brink/kernels/matrix_vector.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "brink/kernels/dispatch.h"
#include "brink/kernels/quantise_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace brink::kernels::HWY_NAMESPACE {

void AddFloatProduct(const float* weights, int rows, int columns, const float* x, float* sums) {
  const hn::ScalableTag<float> tag;
  const auto lanes = static_cast<int>(hn::Lanes(tag));
  for (int row = 0; row < rows; ++row) {
    const float* w = weights + static_cast<int64_t>(row) * columns;
    auto a = hn::Zero(tag);
    auto b = hn::Zero(tag);
    int i = 0;
    for (; i + 2 * lanes <= columns; i += 2 * lanes) {
      a = hn::MulAdd(hn::LoadU(tag, w + i), hn::LoadU(tag, x + i), a);
      b = hn::MulAdd(hn::LoadU(tag, w + i + lanes), hn::LoadU(tag, x + i + lanes), b);
    }
    float sum = hn::GetLane(hn::SumOfLanes(tag, hn::Add(a, b)));
    for (; i < columns; ++i) sum += w[i] * x[i];
    sums[row] += sum;
  }
}

void BytesProduct(const int8_t* weights, int rows, int columns, const int16_t* x, int32_t* sums) {
  const hn::ScalableTag<int16_t> tag;
  const hn::Rebind<int8_t, decltype(tag)> bytes_tag;
  const hn::RepartitionToWide<decltype(tag)> sum_tag;
  const auto lanes = static_cast<int>(hn::Lanes(tag));
  for (int row = 0; row < rows; ++row) {
    const int8_t* w = weights + static_cast<int64_t>(row) * columns;
    auto a = hn::Zero(sum_tag);
    auto b = hn::Zero(sum_tag);
    int i = 0;
    for (; i + lanes <= columns; i += lanes) {
      const auto stored = hn::PromoteTo(tag, hn::LoadU(bytes_tag, w + i));
      a = hn::ReorderWidenMulAccumulate(sum_tag, stored, hn::LoadU(tag, x + i), a, b);
    }
    // Wraps without undefined behaviour.
    auto sum = static_cast<uint32_t>(hn::GetLane(hn::SumOfLanes(sum_tag, hn::Add(a, b))));
    for (; i < columns; ++i) sum += static_cast<uint32_t>(int32_t{w[i]} * int32_t{x[i]});
    sums[row] = static_cast<int32_t>(sum);
  }
}

float Quantise(std::span<const float> x, bool asymmetric, int16_t* quantised) {
  const VectorSteps steps = FindSteps(x, asymmetric);
  QuantiseBy(steps, x, steps.zero, quantised);
  return steps.real_scale();
}

}  // namespace brink::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace brink::kernels {

HWY_EXPORT(AddFloatProduct);
HWY_EXPORT(BytesProduct);
HWY_EXPORT(Quantise);

void AddProduct(const float* weights, int rows, int columns, const float* x, float* sums) {
  BRINK_DISPATCH(AddFloatProduct)(weights, rows, columns, x, sums);
}

void Product(const int8_t* weights, int rows, int columns, const int16_t* x, int32_t* sums) {
  BRINK_DISPATCH(BytesProduct)(weights, rows, columns, x, sums);
}

float QuantiseVector(std::span<const float> x, bool asymmetric, int16_t* quantised) {
  return BRINK_DISPATCH(Quantise)(x, asymmetric, quantised);
}

void VectorOperand::AddProductOf(const Matrix& matrix, float* sums) {
  if (matrix.floats != nullptr) {
    return AddProduct(matrix.floats, matrix.rows, matrix.columns, x_.data(), sums);
  }
  if (matrix.bytes == nullptr) return;
  if (scale_ == 0) scale_ = QuantiseVector(x_, asymmetric_, quantised_);
  Product(matrix.bytes, matrix.rows, matrix.columns, quantised_, sums_);
  const float scale = scale_ * matrix.scale;
  for (int row = 0; row < matrix.rows; ++row) sums[row] += static_cast<float>(sums_[row]) * scale;
}

}  // namespace brink::kernels
#endif
