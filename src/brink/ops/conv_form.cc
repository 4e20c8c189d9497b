#include "brink/ops/conv_form.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "brink/base/pages.h"
#include "brink/kernels/convert.h"
#include "brink/kernels/quantized_elementwise.h"
#include "brink/ops/quantized.h"

namespace brink::ops {
namespace {

// Two values a byte, the first in the low half, sign-extended.
std::vector<std::byte> UnpackInt4(const Value& value) {
  std::vector<std::byte> bytes(static_cast<size_t>(value.shape.elements()));
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto pair = static_cast<uint8_t>(value.data[i / 2]);
    const auto half = static_cast<int8_t>(static_cast<uint8_t>(i % 2 == 0 ? pair << 4 : pair));
    bytes[i] = static_cast<std::byte>(half >> 4);
  }
  return bytes;
}

template <class T>
std::vector<std::byte> BytesOf(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// Checks the types of filter, bias and output against the input's.
Status CheckTypes(const NodeView& node, const ConvOperands& o) {
  BRINK_TRY(
      node.CheckInputType(o.input, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt16}));
  const Type type = node.input(o.input).type;
  BRINK_TRY(node.CheckOutputType(0, {type}));
  const bool has_bias = o.bias >= 0 && node.has_input(o.bias);
  switch (type) {
    case Type::kFloat32:
      BRINK_TRY(
          node.CheckInputType(o.filter, {Type::kFloat32, Type::kInt8, Type::kUInt8, Type::kInt4}));
      if (has_bias) BRINK_TRY(node.CheckInputType(o.bias, {Type::kFloat32}));
      break;
    case Type::kInt16:
      BRINK_TRY(node.CheckInputType(o.filter, {Type::kInt8, Type::kInt4, Type::kInt16}));
      if (has_bias) BRINK_TRY(node.CheckInputType(o.bias, {Type::kInt64, Type::kInt32}));
      break;
    case Type::kInt8:
      BRINK_TRY(node.CheckInputType(o.filter, {Type::kInt8, Type::kInt4}));
      if (has_bias) BRINK_TRY(node.CheckInputType(o.bias, {Type::kInt32}));
      break;
    default:
      BRINK_TRY(node.CheckInputType(o.filter, {type}));
      if (has_bias) BRINK_TRY(node.CheckInputType(o.bias, {Type::kInt32}));
  }
  if (!has_bias || node.input(o.bias).shape.elements() == o.out_channels) return {};
  return node.Invalid("input " + std::to_string(o.bias) + ": a bias of " +
                      std::to_string(node.input(o.bias).shape.elements()) + " values for " +
                      std::to_string(o.out_channels) + " output channels");
}

std::vector<int64_t> WideBias(const Value& bias) {
  if (bias.type == Type::kInt64) return {bias.as<int64_t>().begin(), bias.as<int64_t>().end()};
  return {bias.as<int32_t>().begin(), bias.as<int32_t>().end()};
}

// Constants, packed once.
Packing PackingOf(AnyConv conv, const std::shared_ptr<const ConvForm>& form) {
  return {
      .bytes = conv.packed_bytes,
      .write =
          [pack = std::move(conv.pack), form](std::byte* to, std::byte* scratch) {
            const FilterBytes filter = form->Filter(scratch);
            pack(form->WeightsOf(filter), to);
          },
      .step =
          [run = std::move(conv.run)](std::shared_ptr<const std::byte> packed) {
            return [run, packed = std::move(packed)](const Buffers& b) {
              run({packed.get(), b.inputs[0], b.outputs[0], b.scratch, b.parallel});
            };
          },
      .scratch_bytes = form->packing_scratch_bytes(),
      .recipe = conv.recipe.empty() ? "" : conv.recipe + form->recipe(),
  };
}

}  // namespace

Value WithoutScales(const Value& value) {
  return {.type = value.type,
          .shape = value.shape,
          .is_constant = value.is_constant,
          .blocks = value.blocks,
          .data = value.data,
          .owner = value.owner,
          .late = value.late};
}

// The scale of each output channel's filter: one, or one a channel.
Status ConvForm::ReadScales(const NodeView& node) {
  const QuantizationView& q = node.input(operands_.filter).quantization;
  const auto where = [this] { return "input " + std::to_string(operands_.filter) + ": "; };
  if (q.scale.empty()) return node.Invalid(where() + "no scale, wanted one or one a channel");
  scales_ = q.scale;
  filter_zero_point_ = q.per_channel() ? 0 : static_cast<int32_t>(q.zero_point[0]);
  if (!q.per_channel()) return {};
  if (q.axis != operands_.filter_axis ||
      q.scale.size() != static_cast<size_t>(operands_.out_channels)) {
    return node.Invalid(where() + std::to_string(q.scale.size()) + " scales along axis " +
                        std::to_string(q.axis) + ", wanted " +
                        std::to_string(operands_.out_channels) + " along axis " +
                        std::to_string(operands_.filter_axis));
  }
  const auto zero = std::find_if(q.zero_point.begin(), q.zero_point.end(),
                                 [](int64_t point) { return point != 0; });
  if (zero == q.zero_point.end()) return {};
  return node.Invalid(where() + "a scale for each channel and zero point " + std::to_string(*zero) +
                      ", wanted 0");
}

Status ConvForm::ReadQuantised(const NodeView& node) {
  BRINK_ASSIGN(const kernels::Affine input, AffineOf(node, node.input(operands_.input)));
  BRINK_ASSIGN(const kernels::Affine output, AffineOf(node, node.output(0)));
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  BRINK_TRY(ReadScales(node));
  input_scale_ = input.scale;
  output_scale_ = output.scale;
  if (!constant_) multipliers_ = Multipliers();
  input_zero_point_ = input.zero_point;
  output_zero_point_ = output.zero_point;
  int_range_ = OutputRange(activation, type_, output);
  zero_ = static_cast<std::byte>(static_cast<uint8_t>(filter_zero_point_));
  if (type_ != Type::kInt16) return {};
  if (input.zero_point != 0 || output.zero_point != 0 || filter_zero_point_ != 0) {
    return node.Unsupported("INT16 with a zero point other than 0");
  }
  if (has_bias_) {
    BRINK_TRY(node.CheckConstant(operands_.bias));
    wide_ = bias_.type == Type::kInt64;
    wide_bias_ = WideBias(bias_);
  }
  return {};
}

std::vector<kernels::Multiplier> ConvForm::Multipliers() const {
  std::vector<kernels::Multiplier> multipliers;
  multipliers.reserve(scales_.size());
  for (const float filter : scales_) {
    const double product = operands_.float_scales
                               ? static_cast<double>(input_scale_ * filter)
                               : static_cast<double>(input_scale_) * static_cast<double>(filter);
    multipliers.push_back(
        kernels::QuantizeMultiplier(product / static_cast<double>(output_scale_)));
  }
  return multipliers;
}

Result<ConvForm> ConvForm::Read(const NodeView& node, const ConvOperands& operands) {
  BRINK_TRY(CheckTypes(node, operands));
  ConvForm form;
  form.operands_ = operands;
  form.type_ = node.input(operands.input).type;
  form.filter_ = WithoutScales(node.input(operands.filter));
  form.has_bias_ = operands.bias >= 0 && node.has_input(operands.bias);
  if (form.has_bias_) form.bias_ = WithoutScales(node.input(operands.bias));
  form.constant_ = form.filter_.is_constant && (!form.has_bias_ || form.bias_.is_constant);
  const Type stored = form.filter_.type;
  form.filter_type_ = stored == Type::kInt4 ? Type::kInt8 : stored;
  if (form.type_ != Type::kFloat32) {
    BRINK_TRY(form.ReadQuantised(node));
    if (stored == Type::kInt4) BRINK_TRY(node.CheckConstant(operands.filter));
    return form;
  }
  BRINK_ASSIGN(const kernels::Activation activation, node.FusedActivation());
  form.float_range_ = kernels::ClampRange(activation);
  if (stored != Type::kFloat32) BRINK_TRY(form.ReadWidened(node));
  return form;
}

Status ConvForm::ReadWidened(const NodeView& node) {
  BRINK_TRY(node.CheckConstant(operands_.filter));
  if (has_bias_) BRINK_TRY(node.CheckConstant(operands_.bias));
  if (filter_.blocks && operands_.filter_axis == 0) {
    BRINK_ASSIGN(blocks_, ReadFilterBlocks(node, operands_.filter));
  } else {
    BRINK_TRY(ReadScales(node));
  }
  widened_ = true;
  filter_type_ = Type::kFloat32;
  return {};
}

AnyConv ConvForm::Make(const kernels::Conv2dShape& shape, const ConvLimits& limits) const {
  if (type_ == Type::kFloat32) {
    AnyConv conv = MakeAnyConv(FloatProblem(shape), limits);
    if (widened_) conv.kernel += " with widened filter";
    return conv;
  }
  if (type_ == Type::kInt16) {
    return MakeAnyConv(kernels::ShortConvProblem{.shape = shape,
                                                 .layout = operands_.layout,
                                                 .filter_type = filter_type_,
                                                 .wide = wide_,
                                                 .range = int_range_},
                       limits.threads);
  }
  return MakeAnyConv(kernels::QuantizedConvProblem{.shape = shape,
                                                   .layout = operands_.layout,
                                                   .type = type_,
                                                   .filter_type = filter_type_,
                                                   .input_zero_point = input_zero_point_,
                                                   .filter_zero_point = filter_zero_point_,
                                                   .output_zero_point = output_zero_point_,
                                                   .range = int_range_},
                     limits.threads);
}

std::optional<AnyConv> ConvForm::MakePooled(const kernels::Conv2dShape& shape,
                                            const ConvLimits& limits) const {
  if (type_ != Type::kFloat32) return std::nullopt;
  std::optional<AnyConv> conv = MakePooledConv(FloatProblem(shape), limits);
  if (conv && widened_) conv->kernel += " with widened filter";
  return conv;
}

kernels::ConvProblem ConvForm::FloatProblem(const kernels::Conv2dShape& shape) const {
  return {.shape = shape, .layout = operands_.layout, .range = float_range_};
}

std::optional<kernels::LayerProblem> ConvForm::LayerOf(const kernels::Conv2dShape& shape) const {
  // To sum up the lanes of shorter rows takes longer than to pack them saves.
  constexpr int64_t kLeastColumns = 128;
  const kernels::Window2d& window = shape.window;
  const bool is_whole = window.height == shape.in_height && window.width == shape.in_width &&
                        window.pad_top == 0 && window.pad_left == 0;
  const int64_t columns = int64_t{window.height} * window.width * shape.in_channels;
  if (type_ != Type::kFloat32 || widened_ || !constant_ || filter_.late != nullptr || !is_whole ||
      shape.out_pixels() != 1 || shape.groups != 1 ||
      operands_.layout != kernels::FilterLayout::kOhwi || columns < kLeastColumns ||
      columns > std::numeric_limits<int>::max()) {
    return std::nullopt;
  }
  return kernels::LayerProblem{
      .rows = shape.out_channels, .columns = static_cast<int>(columns), .range = float_range_};
}

Run ConvForm::RunLayer(const kernels::LayerProblem& layer) const {
  FetchPages(filter_.data);  // the first run then has them
  const auto filter = static_cast<size_t>(operands_.filter);
  const auto bias = static_cast<size_t>(operands_.bias);
  return [layer, filter, bias, has_bias = has_bias_](const Buffers& b) {
    kernels::LayerProduct(layer,
                          {b.in<float>(filter), has_bias ? b.in<float>(bias) : nullptr,
                           b.in<float>(0), b.out<float>(0)},
                          b.parallel);
  };
}

size_t ConvForm::packing_scratch_bytes() const {
  return filter_.late == nullptr ? 0 : static_cast<size_t>(filter_.bytes());
}

FilterBytes ConvForm::Filter(std::byte* scratch) const {
  FilterBytes filter{.stored = filter_.data};
  if (filter_.late != nullptr) {
    (*filter_.late)(scratch);
    filter.stored = {scratch, packing_scratch_bytes()};
  }
  if (filter_.type == Type::kInt4) filter.made = UnpackInt4(filter_);
  if (type_ != Type::kFloat32) filter.multipliers = Multipliers();
  if (widened_) filter.made = Widened(filter.bytes());
  return filter;
}

std::vector<std::byte> ConvForm::Widened(std::span<const std::byte> bytes) const {
  if (blocks_) return BytesOf(blocks_->Widen(bytes));
  std::vector<std::byte> wide(bytes.size() * sizeof(float));
  auto* floats = reinterpret_cast<float*>(wide.data());
  const auto count = static_cast<int64_t>(bytes.size());
  const Type type = filter_.type == Type::kUInt8 ? Type::kUInt8 : Type::kInt8;
  if (scales_.size() == 1) {
    kernels::Dequantize({type, {scales_[0], filter_zero_point_}}, bytes.data(), floats, count, {});
    return wide;
  }
  // Elements between one channel and the next.
  int64_t step = 1;
  for (int axis = operands_.filter_axis + 1; axis < filter_.shape.rank(); ++axis)
    step *= filter_.shape[axis];
  const std::vector<int64_t> zeros(scales_.size());
  kernels::Dequantize(type,
                      {.outer = count / step / std::ssize(scales_),
                       .inner = step,
                       .scales = scales_,
                       .zero_points = zeros},
                      bytes.data(), floats);
  return wide;
}

AnyWeights ConvForm::WeightsOf(const FilterBytes& filter) const {
  const std::byte* bias = has_bias_ ? bias_.data.data() : nullptr;
  if (!wide_bias_.empty()) bias = reinterpret_cast<const std::byte*>(wide_bias_.data());
  return {.filter = filter.bytes().data(), .bias = bias, .multipliers = filter.multipliers};
}

AnyWeights ConvForm::WeightsOf(const Buffers& buffers) const {
  AnyWeights weights{.filter = buffers.inputs[static_cast<size_t>(operands_.filter)],
                     .multipliers = multipliers_};
  if (has_bias_) weights.bias = buffers.inputs[static_cast<size_t>(operands_.bias)];
  if (!wide_bias_.empty()) weights.bias = reinterpret_cast<const std::byte*>(wide_bias_.data());
  return weights;
}

std::string ConvForm::recipe() const {
  return RecipeOf(type_, input_scale_, output_scale_, operands_.float_scales,
                  operands_.filter_axis);
}

uint64_t ConvForm::packed_inputs() const {
  uint64_t inputs = uint64_t{1} << operands_.filter;
  if (has_bias_) inputs |= uint64_t{1} << operands_.bias;
  return inputs;
}

Result<Prepared> OneConvStep(const NodeView& node, const std::shared_ptr<const ConvForm>& form,
                             const kernels::Conv2dShape& shape, Shape output) {
  if (const auto layer = form->LayerOf(shape); layer && !node.max_pool) {
    Prepared prepared{.shapes = {output}, .kernel = "unpacked", .macs = shape.multiplies()};
    prepared.run = form->RunLayer(*layer);
    return prepared;
  }
  AnyConv conv;
  const ConvLimits limits{.threads = node.threads, .most_packed = node.most_packed};
  if (node.max_pool) {
    std::optional<AnyConv> pooled = form->MakePooled(shape, limits);
    if (!pooled) return node.Unsupported("pooling in its kernel");
    conv = std::move(*pooled);
    output = {output[0], (output[1] + 1) / 2, (output[2] + 1) / 2, output[3]};
  } else {
    conv = form->Make(shape, limits);
  }
  Prepared prepared{.shapes = {output},
                    .kernel = conv.kernel,
                    .scratch_bytes = conv.scratch_bytes,
                    .macs = shape.multiplies()};
  if (!form->constant()) {
    const size_t start = ScratchAligned(conv.scratch_bytes);
    prepared.scratch_bytes = start + conv.packed_bytes;
    prepared.run = [conv, form, start](const Buffers& b) {
      conv.pack(form->WeightsOf(b), b.scratch + start);
      conv.run({b.scratch + start, b.inputs[0], b.outputs[0], b.scratch, b.parallel});
    };
    return prepared;
  }
  prepared.cost = conv.cost;
  prepared.lead = conv.lead;
  prepared.packed_inputs = form->packed_inputs();
  if (conv.plain) prepared.conv = std::make_shared<const FloatConv>(*conv.plain);
  prepared.packing = PackingOf(std::move(conv), form);
  return prepared;
}

}  // namespace brink::ops
