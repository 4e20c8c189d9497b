// SVDF: SVDFOptions {rank, fused_activation, asymmetric_quantize_inputs}. Inputs: x [batch,
// inputs], feature weights [filters, inputs], time weights [filters, memory], bias [units] or none,
// state [batch, filters * memory]; units = filters / rank. Source: "Compressing deep neural
// networks using a rank-constrained topology" (Nakkiran et al. 2015).
#include <algorithm>

#include "brink/kernels/lstm.h"
#include "brink/kernels/requantize.h"
#include "brink/kernels/row_products.h"
#include "brink/ops/op.h"
#include "brink/ops/quantized.h"
#include "brink/ops/recurrent.h"

namespace brink::ops {
namespace {

struct Sizes {
  int64_t batch = 0;
  int inputs = 0;
  int filters = 0;
  int memory = 0;
  int rank = 1;

  int units() const { return filters / rank; }
};

Result<Sizes> ReadSizes(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 5, 1));
  BRINK_TRY(node.CheckRank(0, 2, 2));
  BRINK_TRY(node.CheckRank(1, 2, 2));
  BRINK_TRY(node.CheckRank(2, 2, 2));
  const Shape& features = node.input(1).shape;
  const Shape& times = node.input(2).shape;
  const int32_t rank = node.options.Int32(0);
  constexpr int64_t kMost = int64_t{1} << 24;
  if (rank < 1 || features[0] < 1 || features[0] % rank != 0 || times[0] != features[0] ||
      features[1] != node.input(0).shape[1] ||
      std::max({features[0], features[1], times[1]}) > kMost || times[1] < 1) {
    return node.Invalid("input of " + node.input(0).shape.ToString() + ", feature weights of " +
                        features.ToString() + " and time weights of " + times.ToString() +
                        " do not fit with rank " + std::to_string(rank));
  }
  return Sizes{.batch = node.input(0).shape[0],
               .inputs = static_cast<int>(features[1]),
               .filters = static_cast<int>(features[0]),
               .memory = static_cast<int>(times[1]),
               .rank = rank};
}

// All memories in one: the first number of one lands on the last of another, which a fresh one
// replaces.
template <class T>
void Shift(T* state, const Sizes& sizes) {
  std::copy(state + 1, state + int64_t{sizes.filters} * sizes.memory, state);
}

struct FloatSvdf {
  Sizes sizes;
  MatrixInput features;
  VectorInput times;
  VectorInput bias;
  kernels::Activation activation = kernels::Activation::kNone;
  bool asymmetric = false;
};

void RunFloatRow(const FloatSvdf& svdf, const Buffers& b, int64_t row) {
  const Sizes& sizes = svdf.sizes;
  auto* fresh = reinterpret_cast<float*>(b.scratch);
  auto* products = reinterpret_cast<int32_t*>(fresh + sizes.filters);
  auto* quantised = reinterpret_cast<int16_t*>(products + sizes.filters);
  float* state = b.state<float>(4) + row * sizes.filters * sizes.memory;
  Shift(state, sizes);
  std::fill_n(fresh, sizes.filters, 0.0F);
  kernels::VectorOperand x({b.in<float>(0) + row * sizes.inputs, static_cast<size_t>(sizes.inputs)},
                           svdf.asymmetric, quantised, products);
  x.AddProductOf(svdf.features.At(b), fresh);
  const float* bias = svdf.bias.At(b);
  const float* times = svdf.times.At(b);
  float* output = b.out<float>(0) + row * sizes.units();
  for (int filter = 0; filter < sizes.filters; ++filter) {
    float* memory = state + int64_t{filter} * sizes.memory;
    memory[sizes.memory - 1] = fresh[filter];
    const int unit = filter / sizes.rank;
    if (filter % sizes.rank == 0) output[unit] = bias == nullptr ? 0 : bias[unit];
    kernels::AddProduct(times + int64_t{filter} * sizes.memory, 1, sizes.memory, memory,
                        output + unit);
  }
  kernels::Activate(svdf.activation, {output, static_cast<size_t>(sizes.units())});
}

Result<Prepared> PrepareFloat(const NodeView& node, const Sizes& sizes) {
  BRINK_TRY(node.CheckOutputType(0, {Type::kFloat32}));
  FloatSvdf svdf{.sizes = sizes, .asymmetric = node.options.Bool(2)};
  BRINK_ASSIGN(svdf.features, MatrixOf(node, 1, sizes.filters, sizes.inputs));
  BRINK_ASSIGN(svdf.times, VectorOf(node, 2, int64_t{sizes.filters} * sizes.memory));
  BRINK_ASSIGN(svdf.bias, VectorOf(node, 3, sizes.units()));
  BRINK_ASSIGN(svdf.activation, ActivationOf(node, 1));
  BRINK_TRY(CheckState(node, 4, Type::kFloat32, sizes.batch * sizes.filters * sizes.memory));
  return Prepared{.shapes = {{sizes.batch, sizes.units()}},
                  .kernel = svdf.features.is_bytes ? "int8 weights" : "float32",
                  .scratch_bytes = 8 * static_cast<size_t>(sizes.filters) +
                                   2 * static_cast<size_t>(sizes.inputs),
                  .macs = sizes.batch * sizes.filters * (sizes.inputs + sizes.memory),
                  .run = [svdf](const Buffers& b) {
                    for (int64_t row = 0; row < svdf.sizes.batch; ++row) RunFloatRow(svdf, b, row);
                  }};
}

struct IntegerSvdf {
  Sizes sizes;
  kernels::Multiplier feature_scale;
  kernels::Multiplier time_scale;
  int32_t input_zero_point = 0;
  int32_t output_zero_point = 0;
  kernels::IntRange range;
  bool has_bias = false;
};

// Sums what the filters of each unit made, in place, and scales it.
void StoreUnits(const IntegerSvdf& svdf, int32_t* products, const int32_t* bias, int8_t* output) {
  const int rank = svdf.sizes.rank;
  const int units = svdf.sizes.units();
  for (int unit = 0; unit < units; ++unit) {
    int32_t sum = bias == nullptr ? 0 : bias[unit];
    for (int i = 0; i < rank; ++i) sum = kernels::WrappingAdd(sum, products[unit * rank + i]);
    products[unit] = sum;
  }
  kernels::ScaleIntegers(products, static_cast<size_t>(units), svdf.time_scale);
  for (int unit = 0; unit < units; ++unit) {
    const int64_t scaled = int64_t{products[unit]} + svdf.output_zero_point;
    output[unit] =
        static_cast<int8_t>(std::clamp<int64_t>(scaled, svdf.range.low, svdf.range.high));
  }
}

// 16-bit state and time weights, or 8-bit ones (TFLite Micro).
template <class Time>
void RunIntegerRow(const IntegerSvdf& svdf, const Buffers& b, int64_t row) {
  const Sizes& sizes = svdf.sizes;
  auto* products = reinterpret_cast<int32_t*>(b.scratch);
  auto* x = reinterpret_cast<int16_t*>(products + sizes.filters);
  Time* state = b.state<Time>(4) + row * sizes.filters * sizes.memory;
  Shift(state, sizes);
  const int8_t* input = b.in<int8_t>(0) + row * sizes.inputs;
  for (int i = 0; i < sizes.inputs; ++i)
    x[i] = static_cast<int16_t>(input[i] - svdf.input_zero_point);
  kernels::Product(b.in<int8_t>(1), sizes.filters, sizes.inputs, x, products);
  const auto filters = static_cast<size_t>(sizes.filters);
  kernels::ScaleIntegers(products, filters, svdf.feature_scale);
  Time* last = state + sizes.memory - 1;
  for (size_t filter = 0; filter < filters; ++filter, last += sizes.memory) {
    *last = static_cast<Time>(std::clamp<int32_t>(
        products[filter], std::numeric_limits<Time>::min(), std::numeric_limits<Time>::max()));
  }
  kernels::RowProducts(b.in<Time>(2), state, sizes.filters, sizes.memory, products);
  const int32_t* bias = svdf.has_bias ? b.in<int32_t>(3) : nullptr;
  StoreUnits(svdf, products, bias, b.out<int8_t>(0) + row * sizes.units());
}

Status CheckInteger(const NodeView& node, const Sizes& sizes) {
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt8}));
  BRINK_TRY(node.CheckInputType(1, {Type::kInt8}));
  BRINK_TRY(node.CheckInputType(2, {Type::kInt16, Type::kInt8}));
  BRINK_TRY(CheckState(node, 4, node.input(2).type, sizes.batch * sizes.filters * sizes.memory));
  if (!node.has_input(3)) return {};
  BRINK_TRY(node.CheckInputType(3, {Type::kInt32}));
  if (node.input(3).shape.elements() == sizes.units()) return {};
  return node.Invalid("input 3: shape " + node.input(3).shape.ToString() + ", wanted " +
                      std::to_string(sizes.units()) + " elements");
}

Result<IntegerSvdf> ReadScales(const NodeView& node, const Sizes& sizes) {
  BRINK_ASSIGN(const kernels::Affine input, AffineOf(node, node.input(0)));
  BRINK_ASSIGN(const kernels::Affine features, AffineOf(node, node.input(1)));
  BRINK_ASSIGN(const kernels::Affine times, AffineOf(node, node.input(2)));
  BRINK_ASSIGN(const kernels::Affine state, AffineOf(node, node.input(4)));
  BRINK_ASSIGN(const kernels::Affine output, AffineOf(node, node.output(0)));
  BRINK_ASSIGN(const kernels::Activation activation, ActivationOf(node, 1));
  if (!kernels::IsClamp(activation)) return node.Unsupported("TANH with int8");
  const auto product = [](const kernels::Affine& a, const kernels::Affine& b,
                          const kernels::Affine& to) {
    return kernels::QuantizeMultiplier(static_cast<double>(a.scale) * static_cast<double>(b.scale) /
                                       static_cast<double>(to.scale));
  };
  return IntegerSvdf{.sizes = sizes,
                     .feature_scale = product(input, features, state),
                     .time_scale = product(state, times, output),
                     .input_zero_point = input.zero_point,
                     .output_zero_point = output.zero_point,
                     .range = OutputRange(activation, Type::kInt8, output),
                     .has_bias = node.has_input(3)};
}

Result<Prepared> PrepareInteger(const NodeView& node, const Sizes& sizes) {
  BRINK_TRY(CheckInteger(node, sizes));
  BRINK_ASSIGN(const IntegerSvdf svdf, ReadScales(node, sizes));
  Prepared prepared{.shapes = {{sizes.batch, sizes.units()}},
                    .kernel = "int8",
                    .scratch_bytes = 4 * static_cast<size_t>(sizes.filters) +
                                     2 * static_cast<size_t>(sizes.inputs),
                    .macs = sizes.batch * sizes.filters * (sizes.inputs + sizes.memory)};
  prepared.run = [svdf, wide = node.input(2).type == Type::kInt16](const Buffers& b) {
    for (int64_t row = 0; row < svdf.sizes.batch; ++row) {
      if (wide) {
        RunIntegerRow<int16_t>(svdf, b, row);
      } else {
        RunIntegerRow<int8_t>(svdf, b, row);
      }
    }
  };
  return prepared;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_ASSIGN(const Sizes sizes, ReadSizes(node));
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8}));
  return node.input(0).type == Type::kFloat32 ? PrepareFloat(node, sizes)
                                              : PrepareInteger(node, sizes);
}

}  // namespace

extern const OpDef kSvdf{.name = "SVDF",
                         .code = 27,
                         .max_version = 4,
                         .foldable = false,
                         .types = "f32 i8; weights i8",
                         .kernels = "float32; int8; int8 weights",
                         .prepare = Prepare};

}  // namespace brink::ops
