// TFLite Micro's SignalWindow, SignalFftAutoScale, SignalRfft and SignalEnergy: a piece of sound,
// INT16, times a window, scaled up, and the energies of its spectrum. Options are flexbuffers.
#include <algorithm>
#include <memory>

#include "brink/kernels/fixed_fft.h"
#include "brink/model/graph.h"
#include "brink/ops/custom_options.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

// {shift}; input [.., size], window [size].
Result<Prepared> PrepareWindow(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(2, 2, 1));
  for (const int i : {0, 1}) BRINK_TRY(node.CheckInputType(i, {Type::kInt16}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt16}));
  BRINK_TRY(node.CheckRank(1, 1, 1));
  BRINK_ASSIGN(const model::FlexMap options, ReadFlexOptions(node));
  BRINK_ASSIGN(const int32_t shift, FlexInt(node, options, "shift", 0, 31));
  const Shape& shape = node.input(0).shape;
  const int64_t size = node.input(1).shape[0];
  if (shape.rank() < 1 || shape[shape.rank() - 1] != size || size < 1) {
    return node.Invalid("a window of " + std::to_string(size) + " for an input of shape " +
                        shape.ToString());
  }
  return Prepared{.shapes = {shape},
                  .kernel = "int16",
                  .run = [shift, size, count = shape.elements()](const Buffers& b) {
                    const auto* window = b.in<int16_t>(1);
                    for (int64_t i = 0; i < count; ++i) {
                      const int32_t product =
                          (int32_t{b.in<int16_t>(0)[i]} * window[i % size]) >> shift;
                      b.out<int16_t>(0)[i] =
                          static_cast<int16_t>(std::clamp<int32_t>(product, INT16_MIN, INT16_MAX));
                    }
                  }};
}

// The input with as many bits shifted in as all its elements have room for; how many.
Result<Prepared> PrepareAutoScale(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 2));
  BRINK_TRY(node.CheckInputType(0, {Type::kInt16}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt16}));
  BRINK_TRY(node.CheckOutputType(1, {Type::kInt32}));
  const Shape& shape = node.input(0).shape;
  return Prepared{.shapes = {shape, {}},
                  .kernel = "int16",
                  .run = [count = shape.elements()](const Buffers& b) {
                    int32_t most = 0;
                    for (int64_t i = 0; i < count; ++i)
                      most = std::max(most, std::abs(int32_t{b.in<int16_t>(0)[i]}));
                    int32_t bits = 0;
                    while (most > 0 && most << (bits + 1) <= INT16_MAX) ++bits;
                    for (int64_t i = 0; i < count; ++i)
                      b.out<int16_t>(0)[i] =
                          static_cast<int16_t>(b.in<int16_t>(0)[i] * (1 << bits));
                    *b.out<int32_t>(1) = bits;
                  }};
}

// {T, fft_length}; each row of the input, with zeros up to fft_length -> [.., fft_length + 2]: real
// and imaginary parts.
Result<Prepared> PrepareRfft(const NodeView& node) {
  using kernels::FixedFft;
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kInt16}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt16}));
  BRINK_TRY(node.CheckRank(0, 1, Shape::kMaxRank));
  BRINK_ASSIGN(const model::FlexMap options, ReadFlexOptions(node));
  BRINK_ASSIGN(const int32_t length,
               FlexInt(node, options, "fft_length", FixedFft::kLeastLength, FixedFft::kMostLength));
  const Shape& input = node.input(0).shape;
  const int last = input.rank() - 1;
  if ((length & (length - 1)) != 0)
    return node.Unsupported("fft_length " + std::to_string(length) +
                            ", powers of two are supported");
  if (input[last] < 1 || input[last] > length) {
    return node.Invalid("fft_length " + std::to_string(length) + " for an input of shape " +
                        input.ToString());
  }
  Shape output = input;
  output[last] = length + 2;
  const auto fft = std::make_shared<const FixedFft>(length);
  const auto row_bytes = static_cast<size_t>(length) * sizeof(int16_t);
  return Prepared{.shapes = {output},
                  .kernel = "int16",
                  .scratch_bytes = row_bytes + fft->scratch_bytes(),
                  .run = [fft, row_bytes, length, width = input[last],
                          rows = input.elements() / input[last]](const Buffers& b) {
                    auto* row = reinterpret_cast<int16_t*>(b.scratch);
                    for (int64_t i = 0; i < rows; ++i) {
                      std::copy_n(b.in<int16_t>(0) + i * width, width, row);
                      std::fill(row + width, row + length, int16_t{0});
                      fft->Transform(row, b.out<kernels::FixedComplex>(0) + i * (length / 2 + 1),
                                     b.scratch + row_bytes);
                    }
                  }};
}

// {start_index, end_index}; input of real and imaginary parts; the other outputs are 0.
Result<Prepared> PrepareEnergy(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckInputType(0, {Type::kInt16}));
  BRINK_TRY(node.CheckOutputType(0, {Type::kUInt32}));
  BRINK_TRY(node.CheckRank(0, 1, 1));
  const int64_t count = node.input(0).shape[0] / 2;
  if (node.input(0).shape[0] % 2 != 0 || count > (1 << 24))
    return node.Invalid("a spectrum of shape " + node.input(0).shape.ToString());
  const auto most = static_cast<int32_t>(count);
  BRINK_ASSIGN(const model::FlexMap options, ReadFlexOptions(node));
  BRINK_ASSIGN(const int32_t end, FlexInt(node, options, "end_index", 0, most));
  BRINK_ASSIGN(const int32_t start, FlexInt(node, options, "start_index", 0, end));
  return Prepared{
      .shapes = {{count}}, .kernel = "int16", .run = [start, end, count](const Buffers& b) {
        const auto square = [](int16_t x) { return static_cast<uint32_t>(int32_t{x} * x); };
        uint32_t* output = b.out<uint32_t>(0);
        std::fill_n(output, count, 0U);
        for (int32_t i = start; i < end; ++i) {
          const auto& number = b.in<kernels::FixedComplex>(0)[i];
          output[i] = square(number.real) + square(number.imaginary);
        }
      }};
}

}  // namespace

extern const OpDef kSignalWindow{.name = "SignalWindow",
                                 .code = model::kCustomCode,
                                 .types = "i16",
                                 .kernels = "int16",
                                 .prepare = PrepareWindow};
extern const OpDef kSignalFftAutoScale{.name = "SignalFftAutoScale",
                                       .code = model::kCustomCode,
                                       .types = "i16",
                                       .kernels = "int16",
                                       .prepare = PrepareAutoScale};
extern const OpDef kSignalRfft{.name = "SignalRfft",
                               .code = model::kCustomCode,
                               .types = "i16",
                               .kernels = "int16",
                               .prepare = PrepareRfft};
extern const OpDef kSignalEnergy{.name = "SignalEnergy",
                                 .code = model::kCustomCode,
                                 .types = "i16",
                                 .kernels = "int16",
                                 .prepare = PrepareEnergy};

}  // namespace brink::ops
