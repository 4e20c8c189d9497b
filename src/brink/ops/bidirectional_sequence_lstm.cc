// BIDIRECTIONAL_SEQUENCE_LSTM: BidirectionalSequenceLSTMOptions {fused_activation, cell_clip,
// proj_clip, merge_outputs, time_major, asymmetric_quantize_inputs}. float32 vectors; weights
// float32 or int8. Input 39 is a second sequence: with weights of its own (inputs 40 to 47) both
// directions take it too; without them it is what the backward direction reads.
#include "brink/ops/lstm_inputs.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

constexpr int kAux = 39;
constexpr LstmNumbers kForward{
    .state = 35, .cell = 36, .norm = {-1, -1, -1, -1}, .aux = {40, 41, 42, 43}};
constexpr LstmNumbers kBackward{.input = {18, 19, 20, 21},
                                .recurrent = {22, 23, 24, 25},
                                .peephole = {26, 27, -1, 28},
                                .bias = {29, 30, 31, 32},
                                .projection = 33,
                                .projection_bias = 34,
                                .state = 37,
                                .cell = 38,
                                .norm = {-1, -1, -1, -1},
                                .aux = {44, 45, 46, 47}};

// One direction: what it reads and where its vectors go.
struct Direction {
  FloatLstm lstm;
  size_t input = 0;
  int64_t aux_width = 0;  // 0: no second input
  bool backward = false;
  size_t output = 0;
  int64_t stride = 0;  // floats from vector to vector
  int64_t offset = 0;  // of the first vector
};

void RunDirection(const Direction& direction, const Sequence& sequence, const Buffers& b) {
  const kernels::LstmCell cell = direction.lstm.At(b);
  for (int64_t row = 0; row < sequence.batch; ++row) {
    float* state = direction.lstm.state(b, row);
    for (int64_t i = 0; i < sequence.steps; ++i) {
      const int64_t step = direction.backward ? sequence.steps - 1 - i : i;
      const int64_t vector = sequence.VectorAt(step, row);
      const float* aux =
          direction.aux_width > 0 ? b.in<float>(kAux) + vector * direction.aux_width : nullptr;
      kernels::LstmStep(cell, b.in<float>(direction.input) + vector * sequence.width, aux, state,
                        direction.lstm.cell(b, row), b.scratch);
      std::copy_n(state, cell.outputs,
                  b.out<float>(direction.output) + direction.offset + vector * direction.stride);
    }
  }
}

Result<Prepared> Finish(const NodeView& node, const Sequence& sequence, Direction forward,
                        Direction backward) {
  const bool merge = node.options.Bool(3);
  if (static_cast<int>(node.outputs.size()) != (merge ? 1 : 2))
    return node.Invalid(std::to_string(node.outputs.size()) + " outputs, wanted " +
                        (merge ? "1" : "2"));
  const int64_t first = forward.lstm.outputs();
  const int64_t second = backward.lstm.outputs();
  Prepared prepared{.kernel = "float32"};
  if (merge) {
    prepared.shapes = {sequence.WithWidth(first + second, 3)};
    forward.stride = backward.stride = first + second;
    backward.offset = first;
  } else {
    prepared.shapes = {sequence.WithWidth(first, 3), sequence.WithWidth(second, 3)};
    forward.stride = first;
    backward.stride = second;
    backward.output = 1;
  }
  prepared.scratch_bytes = std::max(forward.lstm.scratch_bytes(), backward.lstm.scratch_bytes());
  prepared.macs = (forward.lstm.macs() + backward.lstm.macs()) * sequence.steps * sequence.batch;
  prepared.run = [sequence, forward, backward](const Buffers& b) {
    RunDirection(forward, sequence, b);
    RunDirection(backward, sequence, b);
  };
  return prepared;
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 48, static_cast<int>(node.outputs.size())));
  if (node.inputs.size() < kAux) return node.Invalid("fewer than 39 inputs");
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32}));
  for (size_t i = 0; i < node.outputs.size(); ++i)
    BRINK_TRY(node.CheckOutputType(static_cast<int>(i), {Type::kFloat32}));
  LstmSettings settings{.cell_clip = node.options.Float(1),
                        .projection_clip = node.options.Float(2),
                        .asymmetric = node.options.Bool(5)};
  BRINK_ASSIGN(settings.activation, ActivationOf(node, 0));
  BRINK_TRY(node.CheckRank(0, 3, 3));
  BRINK_ASSIGN(const Sequence sequence, SequenceOf(node, 0, node.options.Bool(4, true)));
  Direction forward;
  Direction backward{.backward = true};
  if (node.has_input(kAux)) {
    BRINK_TRY(node.CheckInputType(kAux, {Type::kFloat32}));
    BRINK_ASSIGN(const Sequence aux, SequenceOf(node, kAux, sequence.time_major));
    if (aux.steps != sequence.steps || aux.batch != sequence.batch)
      return node.Invalid("input 39: not as many vectors as input 0");
    if (node.has_input(kForward.aux[1])) {
      forward.aux_width = backward.aux_width = aux.width;
    } else if (aux.width == sequence.width) {
      backward.input = kAux;
    } else {
      return node.Invalid("input 39: not as wide as input 0");
    }
  }
  BRINK_ASSIGN(forward.lstm,
               FloatLstm::Read(node, kForward, settings, sequence, forward.aux_width));
  BRINK_ASSIGN(backward.lstm,
               FloatLstm::Read(node, kBackward, settings, sequence, backward.aux_width));
  return Finish(node, sequence, std::move(forward), std::move(backward));
}

}  // namespace

extern const OpDef kBidirectionalSequenceLstm{.name = "BIDIRECTIONAL_SEQUENCE_LSTM",
                                              .code = 52,
                                              .max_version = 3,
                                              .foldable = false,
                                              .types = "f32",
                                              .kernels = "float32; int8 weights",
                                              .prepare = Prepare};

}  // namespace brink::ops
