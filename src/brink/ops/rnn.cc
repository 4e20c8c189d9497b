// RNN: RNNOptions {fused_activation, asymmetric_quantize_inputs}; UNIDIRECTIONAL_SEQUENCE_RNN:
// SequenceRNNOptions {time_major, fused_activation, asymmetric_quantize_inputs};
// BIDIRECTIONAL_SEQUENCE_RNN: BidirectionalSequenceRNNOptions {time_major, fused_activation,
// merge_outputs, asymmetric_quantize_inputs}. h = activation(W x + U h + bias), float32 vectors,
// weights float32 or int8.
#include <algorithm>

#include "brink/kernels/lstm.h"
#include "brink/ops/op.h"
#include "brink/ops/recurrent.h"

namespace brink::ops {
namespace {

// Which input is what.
struct Numbers {
  int weights = 1;
  int recurrent = 2;
  int bias = 3;
  int state = 4;
  int aux = -1;  // weights of the second input
};

struct Direction {
  MatrixInput weights;
  MatrixInput recurrent;
  MatrixInput aux;
  VectorInput bias;
  Numbers numbers;
  size_t input = 0;
  bool backward = false;
  size_t output = 0;
  int64_t stride = 0;
  int64_t offset = 0;
};

struct Rnn {
  Sequence sequence;
  kernels::Activation activation = kernels::Activation::kNone;
  bool asymmetric = false;
  std::vector<Direction> directions;
  int aux_input = -1;
};

Result<Direction> ReadDirection(const NodeView& node, const Rnn& rnn, const Numbers& numbers) {
  Direction read{.numbers = numbers};
  BRINK_ASSIGN(read.weights, MatrixOf(node, numbers.weights, -1, rnn.sequence.width));
  if (!read.weights.present()) return node.Invalid("weights are left out");
  const int64_t units = read.weights.rows;
  BRINK_ASSIGN(read.recurrent, MatrixOf(node, numbers.recurrent, units, units));
  BRINK_ASSIGN(read.bias, VectorOf(node, numbers.bias, units));
  if (!read.recurrent.present() || read.bias.input < 0)
    return node.Invalid("recurrent weights or a bias are left out");
  BRINK_TRY(CheckState(node, numbers.state, Type::kFloat32, rnn.sequence.batch * units));
  return read;
}

void RunDirection(const Rnn& rnn, const Direction& direction, const Buffers& b) {
  const Sequence& sequence = rnn.sequence;
  const int units = direction.weights.rows;
  auto* sums = reinterpret_cast<float*>(b.scratch);
  auto* products = reinterpret_cast<int32_t*>(sums + units);
  auto* quantised = reinterpret_cast<int16_t*>(products + units);
  const kernels::Matrix weights = direction.weights.At(b);
  const kernels::Matrix recurrent = direction.recurrent.At(b);
  const kernels::Matrix aux_weights = direction.aux.At(b);
  const auto add = [&](const kernels::Matrix& matrix, const float* x) {
    kernels::VectorOperand({x, static_cast<size_t>(matrix.columns)}, rnn.asymmetric, quantised,
                           products)
        .AddProductOf(matrix, sums);
  };
  for (int64_t row = 0; row < sequence.batch; ++row) {
    float* state = b.state<float>(static_cast<size_t>(direction.numbers.state)) + row * units;
    for (int64_t i = 0; i < sequence.steps; ++i) {
      const int64_t step = direction.backward ? sequence.steps - 1 - i : i;
      const int64_t vector = sequence.VectorAt(step, row);
      std::copy_n(direction.bias.At(b), units, sums);
      add(weights, b.in<float>(direction.input) + vector * sequence.width);
      if (aux_weights.present()) {
        add(aux_weights,
            b.in<float>(static_cast<size_t>(rnn.aux_input)) + vector * aux_weights.columns);
      }
      add(recurrent, state);
      kernels::Activate(rnn.activation, {sums, static_cast<size_t>(units)});
      std::copy_n(sums, units, state);
      std::copy_n(sums, units,
                  b.out<float>(direction.output) + direction.offset + vector * direction.stride);
    }
  }
}

// Without shapes.
Prepared Finish(Rnn rnn) {
  Prepared prepared{.kernel = rnn.directions[0].weights.is_bytes ? "int8 weights" : "float32"};
  for (const Direction& direction : rnn.directions) {
    const auto units = static_cast<size_t>(direction.weights.rows);
    const auto widest = static_cast<size_t>(
        std::max({direction.weights.columns, direction.weights.rows, direction.aux.columns}));
    prepared.scratch_bytes = std::max(prepared.scratch_bytes, 8 * units + 2 * widest);
    prepared.macs += int64_t{direction.weights.rows} *
                     (direction.weights.columns + direction.weights.rows + direction.aux.columns) *
                     rnn.sequence.steps * rnn.sequence.batch;
  }
  prepared.run = [rnn = std::move(rnn)](const Buffers& b) {
    for (const Direction& direction : rnn.directions) RunDirection(rnn, direction, b);
  };
  return prepared;
}

Status CheckTypes(const NodeView& node) {
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  for (size_t i = 0; i < node.outputs.size(); ++i)
    BRINK_TRY(node.CheckOutputType(static_cast<int>(i), {Type::kFloat32}));
  return {};
}

Result<Prepared> PrepareOneDirection(const NodeView& node, Rnn rnn) {
  BRINK_ASSIGN(Direction direction, ReadDirection(node, rnn, {}));
  direction.stride = direction.weights.rows;
  const Shape shape = rnn.sequence.WithWidth(direction.stride, node.input(0).shape.rank());
  rnn.directions.push_back(std::move(direction));
  Prepared prepared = Finish(std::move(rnn));
  prepared.shapes = {shape};
  return prepared;
}

Result<Prepared> PrepareStep(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(5, 5, 1));
  BRINK_TRY(CheckTypes(node));
  BRINK_TRY(node.CheckRank(0, 2, 2));
  Rnn rnn{.asymmetric = node.options.Bool(1)};
  BRINK_ASSIGN(rnn.activation, ActivationOf(node, 0));
  BRINK_ASSIGN(rnn.sequence, SequenceOf(node, 0, true));
  return PrepareOneDirection(node, std::move(rnn));
}

Result<Prepared> PrepareSequence(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(5, 5, 1));
  BRINK_TRY(CheckTypes(node));
  BRINK_TRY(node.CheckRank(0, 3, 3));
  Rnn rnn{.asymmetric = node.options.Bool(2)};
  BRINK_ASSIGN(rnn.activation, ActivationOf(node, 1));
  BRINK_ASSIGN(rnn.sequence, SequenceOf(node, 0, node.options.Bool(0)));
  return PrepareOneDirection(node, std::move(rnn));
}

// Input 9 is a second sequence: with weights of its own both directions take it too, without them
// the backward direction reads it.
Status ReadAux(const NodeView& node, Rnn& rnn) {
  if (!node.has_input(9)) return {};
  BRINK_TRY(node.CheckInputType(9, {Type::kFloat32}));
  BRINK_ASSIGN(const Sequence aux, SequenceOf(node, 9, rnn.sequence.time_major));
  if (aux.steps != rnn.sequence.steps || aux.batch != rnn.sequence.batch)
    return node.Invalid("input 9: not as many vectors as input 0");
  rnn.aux_input = 9;
  if (!node.has_input(10)) {
    rnn.directions[1].input = 9;
    if (aux.width == rnn.sequence.width) return {};
    return node.Invalid("input 9: not as wide as input 0");
  }
  for (int i = 0; i < 2; ++i) {
    Direction& direction = rnn.directions[static_cast<size_t>(i)];
    BRINK_ASSIGN(direction.aux, MatrixOf(node, 10 + i, direction.weights.rows, aux.width));
  }
  return {};
}

Result<Prepared> PrepareBoth(const NodeView& node) {
  const bool merge = node.options.Bool(2);
  BRINK_TRY(node.CheckCounts(9, 12, merge ? 1 : 2));
  BRINK_TRY(CheckTypes(node));
  BRINK_TRY(node.CheckRank(0, 3, 3));
  Rnn rnn{.asymmetric = node.options.Bool(3)};
  BRINK_ASSIGN(rnn.activation, ActivationOf(node, 1));
  BRINK_ASSIGN(rnn.sequence, SequenceOf(node, 0, node.options.Bool(0)));
  BRINK_ASSIGN(Direction forward, ReadDirection(node, rnn, {}));
  BRINK_ASSIGN(Direction backward, ReadDirection(node, rnn, {5, 6, 7, 8}));
  const int64_t first = forward.weights.rows;
  const int64_t second = backward.weights.rows;
  backward.backward = true;
  backward.output = merge ? 0 : 1;
  backward.offset = merge ? first : 0;
  forward.stride = merge ? first + second : first;
  backward.stride = merge ? first + second : second;
  rnn.directions = {std::move(forward), std::move(backward)};
  BRINK_TRY(ReadAux(node, rnn));
  const Sequence sequence = rnn.sequence;
  Prepared prepared = Finish(std::move(rnn));
  if (merge) {
    prepared.shapes = {sequence.WithWidth(first + second, 3)};
  } else {
    prepared.shapes = {sequence.WithWidth(first, 3), sequence.WithWidth(second, 3)};
  }
  return prepared;
}

}  // namespace

extern const OpDef kRnn{.name = "RNN",
                        .code = 24,
                        .max_version = 3,
                        .foldable = false,
                        .types = "f32; weights i8",
                        .kernels = "float32; int8 weights",
                        .prepare = PrepareStep};
extern const OpDef kUnidirectionalSequenceRnn{.name = "UNIDIRECTIONAL_SEQUENCE_RNN",
                                              .code = 35,
                                              .max_version = 3,
                                              .foldable = false,
                                              .types = "f32; weights i8",
                                              .kernels = "float32; int8 weights",
                                              .prepare = PrepareSequence};
extern const OpDef kBidirectionalSequenceRnn{.name = "BIDIRECTIONAL_SEQUENCE_RNN",
                                             .code = 46,
                                             .max_version = 3,
                                             .foldable = false,
                                             .types = "f32",
                                             .kernels = "float32; int8 weights",
                                             .prepare = PrepareBoth};

}  // namespace brink::ops
