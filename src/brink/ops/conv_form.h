// The type form of a node that is made of convolutions: which kernels serve it, and its weights as
// those take them.
//   input, output  filter             bias
//   float32        float32            float32
//   float32        int8, uint8, int4  float32   a constant filter, widened when it is packed; may
//                                               have a scale a block
//   int8, uint8    the same, int4     int32
//   int16          int8, int4         int64 or int32
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/kernels/matrix_vector.h"
#include "brink/ops/any_conv.h"
#include "brink/ops/filter_blocks.h"
#include "brink/ops/node_view.h"
#include "brink/ops/op.h"

namespace brink::ops {

// Where the operands stand, and how the filter is ordered.
struct ConvOperands {
  int input = 0;
  int filter = 1;
  int bias = 2;  // which may be absent; -1: the operator has none
  kernels::FilterLayout layout = kernels::FilterLayout::kOhwi;
  int filter_axis = 0;  // of output channels
  int64_t out_channels = 1;
  // TFLite multiplies the scales of uint8 convolutions and of whole-tensor fully connected layers
  // as floats, of all others as doubles, which tells in the last bit of the multiplier.
  bool float_scales = false;
};

// A filter's elements: those of the model's file where they serve as they are.
struct FilterBytes {
  std::span<const std::byte> stored;
  std::vector<std::byte> made;                   // not empty: these instead
  std::vector<kernels::Multiplier> multipliers;  // of quantised ones

  std::span<const std::byte> bytes() const { return made.empty() ? stored : made; }
};

class ConvForm {
 public:
  // Checks types, bias and quantisation.
  static Result<ConvForm> Read(const NodeView& node, const ConvOperands& operands);

  // The kernel for a shape.
  AnyConv Make(const kernels::Conv2dShape& shape, const ConvLimits& limits) const;
  // The same with a pooling of its output, where the kernel can.
  std::optional<AnyConv> MakePooled(const kernels::Conv2dShape& shape,
                                    const ConvLimits& limits) const;

  // The layer that the convolution of `shape` is, where its filter serves as it lies: a constant of
  // float32 each element of which is multiplied once, by the one window that there is.
  std::optional<kernels::LayerProblem> LayerOf(const kernels::Conv2dShape& shape) const;
  // The step of that layer.
  Run RunLayer(const kernels::LayerProblem& layer) const;

  // Whether filter and bias are constants. If not, they are read where the run gets them, as they
  // are, by WeightsOf.
  bool constant() const { return constant_; }
  AnyWeights WeightsOf(const Buffers& buffers) const;

  // Constants: the filter's elements in the kernels' type, which may lie in `scratch`, and its
  // weights with any such filter.
  FilterBytes Filter(std::byte* scratch) const;
  size_t packing_scratch_bytes() const;
  AnyWeights WeightsOf(const FilterBytes& filter) const;
  size_t filter_element_bytes() const { return static_cast<size_t>(TypeBits(filter_type_)) / 8; }
  size_t bias_element_bytes() const {
    return wide_bias_.empty() ? sizeof(int32_t) : sizeof(int64_t);  // a float is as long
  }
  std::byte zero() const { return zero_; }  // fills a filter's element with nothing
  // What, beside the convolution's problem and its constants, decides how weights are packed.
  std::string recipe() const;
  // Bit i: input i is a constant that only packing reads.
  uint64_t packed_inputs() const;

 private:
  Status ReadQuantised(const NodeView& node);
  Status ReadScales(const NodeView& node);
  std::vector<kernels::Multiplier> Multipliers() const;
  std::vector<std::byte> Widened(std::span<const std::byte> bytes) const;
  Status ReadWidened(const NodeView& node);
  kernels::ConvProblem FloatProblem(const kernels::Conv2dShape& shape) const;

  ConvOperands operands_;
  Type type_ = Type::kFloat32;         // of input and output
  Type filter_type_ = Type::kFloat32;  // as kernels take it
  Value filter_;
  Value bias_;
  bool has_bias_ = false;
  bool constant_ = false;
  bool widened_ = false;
  std::byte zero_{0};
  std::optional<FilterBlocks> blocks_;
  std::span<const float> scales_;  // of the filter, where the model has them
  // Of weights that runs bring. Constants' are made while they are packed: a plan holds those of
  // all its nodes at once otherwise.
  std::vector<kernels::Multiplier> multipliers_;
  std::vector<int64_t> wide_bias_;  // of 16-bit convolutions
  float input_scale_ = 1;
  float output_scale_ = 1;
  int32_t input_zero_point_ = 0;
  int32_t filter_zero_point_ = 0;
  int32_t output_zero_point_ = 0;
  kernels::IntRange int_range_;
  kernels::FloatRange float_range_;
  bool wide_ = true;
};

// The step of one convolution: constants packed once, other weights on every run. Fails where
// NodeView::max_pool asks for a pooling that the kernel cannot do.
Result<Prepared> OneConvStep(const NodeView& node, const std::shared_ptr<const ConvForm>& form,
                             const kernels::Conv2dShape& shape, Shape output);

// What packing needs of a filter or bias: names and a channel's scales each would take more memory
// than a small model's weights.
Value WithoutScales(const Value& value);

}  // namespace brink::ops
