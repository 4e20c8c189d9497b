// TFLite Micro's SignalFilterBank, SignalFilterBankSquareRoot, SignalFilterBankSpectralSubtraction,
// SignalPCAN and SignalFilterBankLog: energies of a spectrum -> logarithms of channels, in fixed
// point. Options are flexbuffers.
#include <algorithm>
#include <memory>

#include "brink/kernels/filter_bank.h"
#include "brink/model/graph.h"
#include "brink/ops/custom_options.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

constexpr int32_t kMostChannels = 1 << 16;

// Checks that each channel's range, which the constants decide, lies inside its input.
Status CheckChannels(const NodeView& node, int32_t channels) {
  constexpr int kStarts = 3;  // then the weights' starts, then widths
  for (int i = kStarts; i < kStarts + 3; ++i) {
    BRINK_TRY(node.CheckConstant(i));
    if (node.input(i).shape.elements() != channels + 1) {
      return node.Invalid("input " + std::to_string(i) + ": shape " +
                          node.input(i).shape.ToString() + ", wanted " +
                          std::to_string(channels + 1) + " numbers");
    }
  }
  const int64_t weights = std::min(node.input(1).shape.elements(), node.input(2).shape.elements());
  for (size_t i = 0; i <= static_cast<size_t>(channels); ++i) {
    const int64_t width = node.input(kStarts + 2).as<int16_t>()[i];
    const int64_t start = node.input(kStarts).as<int16_t>()[i];
    const int64_t weight = node.input(kStarts + 1).as<int16_t>()[i];
    if (width <= 0) continue;
    if (start < 0 || start + width > node.input(0).shape.elements() || weight < 0 ||
        weight + width > weights) {
      return node.Invalid("channel " + std::to_string(i) + ": " + std::to_string(width) +
                          " energies from " + std::to_string(start) + " on with weights from " +
                          std::to_string(weight) + " on, there are " +
                          std::to_string(node.input(0).shape.elements()) + " and " +
                          std::to_string(weights));
    }
  }
  return {};
}

// {num_channels}; energies, weights, unweights, starts, weights' starts, widths.
Result<Prepared> PrepareGather(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(6, 6, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kUInt32}));
  for (int i = 1; i < 6; ++i) BRINK_TRY(node.CheckInputType(i, {Type::kInt16}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kUInt64}));
  BRINK_ASSIGN(const model::FlexMap options, ReadFlexOptions(node));
  BRINK_ASSIGN(const int32_t channels, FlexInt(node, options, "num_channels", 1, kMostChannels));
  BRINK_TRY(CheckChannels(node, channels));
  return Prepared{
      .shapes = {{channels}},
      .kernel = "fixed point",
      .run = [count = static_cast<size_t>(channels) + 1](const Buffers& b) {
        kernels::Gather(
            {{b.in<int16_t>(3), count}, {b.in<int16_t>(4), count}, {b.in<int16_t>(5), count}},
            b.in<int16_t>(1), b.in<int16_t>(2), b.in<uint32_t>(0), b.out<uint64_t>(0));
      }};
}

// Roots, shifted down by input 1.
Result<Prepared> PrepareRoot(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kUInt64}));
  BRINK_TRY(node.CheckInputType(1, {Type::kInt32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kUInt32}));
  if (node.input(1).shape.elements() != 1) return node.Invalid("input 1: wanted one number");
  const Shape& shape = node.input(0).shape;
  return Prepared{.shapes = {shape},
                  .kernel = "fixed point",
                  .run = [count = shape.elements()](const Buffers& b) -> Status {
                    const int32_t bits = *b.in<int32_t>(1);
                    if (bits < 0 || bits > 31) {
                      return Fail(
                          Code::kInvalidArgument,
                          "input 1: a shift by " + std::to_string(bits) + ", wanted 0 to 31");
                    }
                    for (int64_t i = 0; i < count; ++i)
                      b.out<uint32_t>(0)[i] = kernels::RootOf(b.in<uint64_t>(0)[i]) >> bits;
                    return {};
                  }};
}

Result<kernels::NoiseReduction> ReadReduction(const NodeView& node, int64_t channels) {
  BRINK_ASSIGN(const model::FlexMap options, ReadFlexOptions(node));
  const auto factor = [&](std::string_view key) {
    return FlexInt(node, options, key, 0, INT32_MAX);
  };
  kernels::NoiseReduction read;
  BRINK_ASSIGN(read.smoothing[0], factor("smoothing"));
  BRINK_ASSIGN(read.smoothing[1], factor("alternate_smoothing"));
  BRINK_ASSIGN(read.one_minus_smoothing[0], factor("one_minus_smoothing"));
  BRINK_ASSIGN(read.one_minus_smoothing[1], factor("alternate_one_minus_smoothing"));
  BRINK_ASSIGN(read.least_remaining, factor("min_signal_remaining"));
  BRINK_ASSIGN(read.smoothing_bits, FlexInt(node, options, "smoothing_bits", 0, 31));
  BRINK_ASSIGN(read.spectral_bits, FlexInt(node, options, "spectral_subtraction_bits", 0, 31));
  read.clamps = options.Number("clamping").value_or(0) != 0;
  BRINK_ASSIGN(const int32_t wanted, FlexInt(node, options, "num_channels", 1, kMostChannels));
  if (wanted == channels) return read;
  return node.Invalid("options: num_channels " + std::to_string(wanted) +
                      " for an input of shape " + node.input(0).shape.ToString());
}

// What is left of each channel, and the estimate of noise, which the session keeps.
Result<Prepared> PrepareSubtraction(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 2));
  BRINK_TRY(node.CheckInputType(0, {Type::kUInt32}));
  for (const int i : {0, 1}) BRINK_TRY(node.CheckOutputType(i, {Type::kUInt32}));
  const Shape& shape = node.input(0).shape;
  const int64_t channels = shape.elements();
  BRINK_ASSIGN(const kernels::NoiseReduction reduction, ReadReduction(node, channels));
  return Prepared{.shapes = {shape, shape},
                  .kernel = "fixed point",
                  .kept_bytes = static_cast<size_t>(channels) * sizeof(uint32_t),
                  .run = [reduction, channels](const Buffers& b) {
                    auto* estimate = reinterpret_cast<uint32_t*>(b.kept);
                    kernels::ReduceNoise(reduction,
                                         {b.in<uint32_t>(0), static_cast<size_t>(channels)},
                                         estimate, b.out<uint32_t>(0));
                    std::copy_n(estimate, channels, b.out<uint32_t>(1));
                  }};
}

// {snr_shift}; channels, the estimate of noise, a table of gains.
Result<Prepared> PreparePcan(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  for (const int i : {0, 1}) BRINK_TRY(node.CheckInputType(i, {Type::kUInt32}));
  BRINK_TRY(node.CheckInputType(2, {Type::kInt16}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kUInt32}));
  BRINK_ASSIGN(const model::FlexMap options, ReadFlexOptions(node));
  BRINK_ASSIGN(const int32_t shift, FlexInt(node, options, "snr_shift", 0, 63));
  const Shape& shape = node.input(0).shape;
  if (!(node.input(1).shape == shape) || node.input(2).shape.elements() < kernels::kGainEntries) {
    return node.Invalid("channels " + shape.ToString() + ", an estimate of shape " +
                        node.input(1).shape.ToString() + " and gains of shape " +
                        node.input(2).shape.ToString() + ", wanted two of one shape and " +
                        std::to_string(kernels::kGainEntries) + " gains");
  }
  return Prepared{.shapes = {shape},
                  .kernel = "fixed point",
                  .run = [shift, count = static_cast<size_t>(shape.elements())](const Buffers& b) {
                    kernels::ControlGain(b.in<int16_t>(2), shift, b.in<uint32_t>(1),
                                         {b.in<uint32_t>(0), count}, b.out<uint32_t>(0));
                  }};
}

// {input_correction_bits, output_scale}
Result<Prepared> PrepareLog(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kUInt32}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt16}));
  BRINK_ASSIGN(const model::FlexMap options, ReadFlexOptions(node));
  BRINK_ASSIGN(const int32_t bits, FlexInt(node, options, "input_correction_bits", 0, 31));
  BRINK_ASSIGN(const int32_t scale, FlexInt(node, options, "output_scale", 0, INT32_MAX));
  const Shape& shape = node.input(0).shape;
  return Prepared{
      .shapes = {shape},
      .kernel = "fixed point",
      .run = [bits, scale = static_cast<uint32_t>(scale), count = shape.elements(),
              log = std::make_shared<const kernels::FixedLogarithm>()](const Buffers& b) {
        for (int64_t i = 0; i < count; ++i)
          b.out<int16_t>(0)[i] = (*log)(b.in<uint32_t>(0)[i], bits, scale);
      }};
}

}  // namespace

extern const OpDef kSignalFilterBank{.name = "SignalFilterBank",
                                     .code = model::kCustomCode,
                                     .types = "u32",
                                     .kernels = "fixed point",
                                     .prepare = PrepareGather};
extern const OpDef kSignalFilterBankSquareRoot{.name = "SignalFilterBankSquareRoot",
                                               .code = model::kCustomCode,
                                               .types = "u64",
                                               .kernels = "fixed point",
                                               .prepare = PrepareRoot};
extern const OpDef kSignalFilterBankSpectralSubtraction{
    .name = "SignalFilterBankSpectralSubtraction",
    .code = model::kCustomCode,
    .foldable = false,
    .types = "u32",
    .kernels = "fixed point",
    .prepare = PrepareSubtraction};
extern const OpDef kSignalPcan{.name = "SignalPCAN",
                               .code = model::kCustomCode,
                               .types = "u32",
                               .kernels = "fixed point",
                               .prepare = PreparePcan};
extern const OpDef kSignalFilterBankLog{.name = "SignalFilterBankLog",
                                        .code = model::kCustomCode,
                                        .types = "u32",
                                        .kernels = "fixed point",
                                        .prepare = PrepareLog};

}  // namespace brink::ops
