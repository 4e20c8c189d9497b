#include "brink/ops/transposed_convolution.h"

#include <algorithm>

namespace brink::ops {
namespace {

constexpr int64_t kMostExtent = int64_t{1} << 24;
constexpr int32_t kMostStride = 64;  // there are as many convolutions as the strides' product

Status CheckExtent(const NodeView& node, const std::string& what, int64_t extent, int64_t least) {
  if (extent >= least && extent <= kMostExtent) return {};
  return node.Invalid(what + " " + std::to_string(extent) + ", wanted " + std::to_string(least) +
                      " to " + std::to_string(kMostExtent));
}

// A phase with its kernel and packed weights.
struct Part {
  kernels::TransposeConvPhase phase;
  AnyConv conv;
  size_t packed_at = 0;
};

// What each output channel has, once for each place of a phase.
class RepeatedWeights {
 public:
  RepeatedWeights(const AnyWeights& one, size_t times, size_t bias_bytes) : weights_(one) {
    for (size_t k = 0; times > 1 && k < times; ++k) {
      if (one.bias != nullptr) bias_.insert(bias_.end(), one.bias, one.bias + bias_bytes);
      multipliers_.insert(multipliers_.end(), one.multipliers.begin(), one.multipliers.end());
    }
    if (!bias_.empty()) weights_.bias = bias_.data();
    if (one.multipliers.size() > 1 && times > 1) weights_.multipliers = multipliers_;
  }
  RepeatedWeights(const RepeatedWeights&) = delete;
  RepeatedWeights& operator=(const RepeatedWeights&) = delete;

  const AnyWeights& weights() const { return weights_; }

 private:
  AnyWeights weights_;
  std::vector<std::byte> bias_;
  std::vector<kernels::Multiplier> multipliers_;
};

struct Parts {
  kernels::TransposeConvShape shape;
  size_t element_bytes = 4;
  std::vector<Part> parts;
  size_t packed_bytes = 0;
  size_t scratch_bytes = 0;  // of the kernels; phases' outputs come behind
  size_t output_bytes = 0;   // of the largest phase
};

Parts MakeParts(const ConvForm& form, const kernels::TransposeConvShape& shape,
                size_t element_bytes, int threads) {
  Parts parts{.shape = shape, .element_bytes = element_bytes};
  for (const kernels::TransposeConvPhase& phase : kernels::TransposeConvPhases(shape)) {
    const AnyConv conv = form.Make(phase.shape, {.threads = threads});
    const auto elements = static_cast<size_t>(phase.shape.out_elements());
    parts.scratch_bytes = std::max(parts.scratch_bytes, ScratchAligned(conv.scratch_bytes));
    parts.output_bytes = std::max(parts.output_bytes, elements * element_bytes);
    parts.parts.push_back({phase, conv, parts.packed_bytes});
    parts.packed_bytes += ScratchAligned(conv.packed_bytes);
  }
  return parts;
}

// Packs the weights of all phases; `filter` in the kernels' type, `weights_of` gives those with it.
template <class WeightsOf>
void PackParts(const Parts& parts, const ConvForm& form, std::span<const std::byte> filter,
               const WeightsOf& weights_of, std::byte* packed) {
  const size_t bias_bytes =
      static_cast<size_t>(parts.shape.out_channels) * form.bias_element_bytes();
  for (const Part& part : parts.parts) {
    const auto weights = kernels::PhaseFilter(parts.shape, part.phase, filter, form.zero());
    const RepeatedWeights repeated(weights_of(weights), part.phase.places.size(), bias_bytes);
    part.conv.pack(repeated.weights(), packed + part.packed_at);
  }
}

void PackConstants(const Parts& parts, const ConvForm& form, std::byte* scratch,
                   std::byte* packed) {
  const FilterBytes filter = form.Filter(scratch);
  const auto weights_of = [&](const std::vector<std::byte>& phase) {
    AnyWeights weights = form.WeightsOf(filter);
    weights.filter = phase.data();
    return weights;
  };
  PackParts(parts, form, filter.bytes(), weights_of, packed);
}

void RunParts(const Parts& parts, const std::byte* packed, const std::byte* input,
              const Buffers& b) {
  const bool whole = parts.parts.size() == 1 && parts.parts[0].phase.places.size() == 1;
  std::byte* output = whole ? b.outputs[0] : b.scratch + parts.scratch_bytes;
  for (const Part& part : parts.parts) {
    part.conv.run({packed + part.packed_at, input, output, b.scratch, b.parallel});
    if (!whole) {
      kernels::PlacePhase(parts.shape, part.phase,
                          {parts.element_bytes, output, b.outputs[0], b.parallel});
    }
  }
}

// Where filter or bias are known only to a run, which packs them into scratch memory.
Run RunWithInputs(const NodeView& node, const ConvOperands& operands,
                  const std::shared_ptr<const ConvForm>& form,
                  const std::shared_ptr<const Parts>& parts, size_t packed_at) {
  const auto bytes = static_cast<size_t>(node.input(operands.filter).shape.elements()) *
                     form->filter_element_bytes();
  return [form, parts, packed_at, bytes, at = static_cast<size_t>(operands.input),
          filter = static_cast<size_t>(operands.filter)](const Buffers& b) {
    std::byte* packed = b.scratch + packed_at;
    const auto weights_of = [&](const std::vector<std::byte>& phase) {
      AnyWeights weights = form->WeightsOf(b);
      weights.filter = phase.data();
      return weights;
    };
    PackParts(*parts, *form, {b.inputs[filter], bytes}, weights_of, packed);
    RunParts(*parts, packed, b.inputs[at], b);
  };
}

}  // namespace

Result<kernels::TransposeConvShape> TransposedShape(const NodeView& node,
                                                    const ConvOperands& operands,
                                                    const TransposedWindow& window) {
  for (const int32_t stride : {window.stride_height, window.stride_width}) {
    if (stride < 1 || stride > kMostStride) {
      return node.Unsupported("stride " + std::to_string(stride) + ", 1 to " +
                              std::to_string(kMostStride) + " are supported");
    }
  }
  BRINK_TRY(node.CheckRank(operands.input, 4, 4));
  BRINK_TRY(node.CheckRank(operands.filter, 4, 4));
  const Shape& input = node.input(operands.input).shape;
  const Shape& filter = node.input(operands.filter).shape;
  for (const int64_t extent : input.dims()) BRINK_TRY(CheckExtent(node, "input extent", extent, 1));
  for (const int64_t extent : filter.dims()) {
    BRINK_TRY(CheckExtent(node, "filter extent", extent, 1));
  }
  BRINK_TRY(CheckExtent(node, "output height", window.out_height, 1));
  BRINK_TRY(CheckExtent(node, "output width", window.out_width, 1));
  BRINK_TRY(CheckExtent(node, "padding", std::min(window.pad_top, window.pad_left), 0));
  if (filter[3] != input[3]) {
    return node.Invalid("a filter of shape " + filter.ToString() +
                        " does not fit an input of shape " + input.ToString());
  }
  return kernels::TransposeConvShape{.batch = static_cast<int>(input[0]),
                                     .in_height = static_cast<int>(input[1]),
                                     .in_width = static_cast<int>(input[2]),
                                     .in_channels = static_cast<int>(input[3]),
                                     .out_height = static_cast<int>(window.out_height),
                                     .out_width = static_cast<int>(window.out_width),
                                     .out_channels = static_cast<int>(filter[0]),
                                     .filter_height = static_cast<int>(filter[1]),
                                     .filter_width = static_cast<int>(filter[2]),
                                     .stride_height = window.stride_height,
                                     .stride_width = window.stride_width,
                                     .pad_top = static_cast<int>(window.pad_top),
                                     .pad_left = static_cast<int>(window.pad_left)};
}

Result<Prepared> PrepareTransposed(const NodeView& node, const ConvOperands& operands,
                                   const kernels::TransposeConvShape& shape) {
  BRINK_ASSIGN(ConvForm read, ConvForm::Read(node, operands));
  const auto form = std::make_shared<const ConvForm>(std::move(read));
  const Value& input = node.input(operands.input);
  const auto element_bytes = static_cast<size_t>(TypeBits(input.type)) / 8;
  const auto parts =
      std::make_shared<const Parts>(MakeParts(*form, shape, element_bytes, node.threads));
  Prepared prepared{
      .shapes = {{shape.batch, shape.out_height, shape.out_width, shape.out_channels}},
      .kernel = "phases, " + parts->parts[0].conv.kernel,
      .scratch_bytes = parts->scratch_bytes + parts->output_bytes,
      .packed_inputs = form->packed_inputs()};
  for (const Part& part : parts->parts) prepared.macs += part.phase.shape.multiplies();
  if (!form->constant()) {
    const size_t packed_at = ScratchAligned(prepared.scratch_bytes);
    prepared.scratch_bytes = packed_at + parts->packed_bytes;
    prepared.packed_inputs = 0;
    prepared.run = RunWithInputs(node, operands, form, parts, packed_at);
    return prepared;
  }
  prepared.packing = Packing{
      .bytes = parts->packed_bytes,
      .write = [form, parts](std::byte* to,
                             std::byte* scratch) { PackConstants(*parts, *form, scratch, to); },
      .step =
          [parts,
           at = static_cast<size_t>(operands.input)](std::shared_ptr<const std::byte> packed) {
            return [parts, packed = std::move(packed), at](const Buffers& b) {
              RunParts(*parts, packed.get(), b.inputs[at], b);
            };
          },
      .scratch_bytes = form->packing_scratch_bytes(),
  };
  return prepared;
}

}  // namespace brink::ops
