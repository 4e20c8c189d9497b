// UNIDIRECTIONAL_SEQUENCE_LSTM: UnidirectionalSequenceLSTMOptions {fused_activation, cell_clip,
// proj_clip, time_major, asymmetric_quantize_inputs, diagonal_recurrent_tensors}; and LSTM in its
// full form, which is one step of it: LSTMOptions {fused_activation, cell_clip, proj_clip,
// kernel_type, asymmetric_quantize_inputs}.
#include "brink/ops/basic_lstm.h"
#include "brink/ops/lstm_inputs.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

constexpr int kFewestInputs = 20;
constexpr int kMostInputs = 24;

struct Form {
  LstmSettings settings;
  Sequence sequence;
};

Prepared FloatForm(const NodeView& node, const Sequence& sequence, const FloatLstm& lstm) {
  const int rank = node.input(0).shape.rank();
  Prepared prepared{.shapes = {sequence.WithWidth(lstm.outputs(), rank)},
                    .kernel = node.input(2).type == Type::kInt8 ? "int8 weights" : "float32",
                    .scratch_bytes = lstm.scratch_bytes(),
                    .macs = lstm.macs() * sequence.steps * sequence.batch};
  prepared.run = [sequence, lstm](const Buffers& b) {
    const kernels::LstmCell cell = lstm.At(b);
    for (int64_t row = 0; row < sequence.batch; ++row) {
      float* state = lstm.state(b, row);
      for (int64_t step = 0; step < sequence.steps; ++step) {
        const int64_t vector = sequence.VectorAt(step, row);
        kernels::LstmStep(cell, b.in<float>(0) + vector * sequence.width, nullptr, state,
                          lstm.cell(b, row), b.scratch);
        std::copy_n(state, cell.outputs, b.out<float>(0) + vector * cell.outputs);
      }
    }
  };
  return prepared;
}

Prepared IntegerForm(const NodeView& node, const Sequence& sequence,
                     const kernels::IntegerLstm& lstm) {
  const int rank = node.input(0).shape.rank();
  const int64_t per_step = int64_t{4} * lstm.cells * (lstm.inputs + lstm.outputs);
  Prepared prepared{.shapes = {sequence.WithWidth(lstm.outputs, rank)},
                    .kernel = "int8, 16-bit state",
                    .scratch_bytes = lstm.scratch_bytes(),
                    .macs = per_step * sequence.steps * sequence.batch};
  prepared.run = [sequence, lstm](const Buffers& b) {
    for (int64_t row = 0; row < sequence.batch; ++row) {
      int8_t* state = b.state<int8_t>(18) + row * lstm.outputs;
      int16_t* cell = b.state<int16_t>(19) + row * lstm.cells;
      for (int64_t step = 0; step < sequence.steps; ++step) {
        const int64_t vector = sequence.VectorAt(step, row);
        kernels::IntegerLstmStep(lstm, b.in<int8_t>(0) + vector * sequence.width, state, cell,
                                 b.scratch);
        std::copy_n(state, lstm.outputs, b.out<int8_t>(0) + vector * lstm.outputs);
      }
    }
  };
  return prepared;
}

Result<Prepared> PrepareFull(const NodeView& node, const Form& form) {
  BRINK_TRY(node.CheckInputType(0, {Type::kFloat32, Type::kInt8}));
  BRINK_TRY(node.CheckOutputType(0, {node.input(0).type}));
  if (node.input(0).type == Type::kFloat32) {
    BRINK_ASSIGN(const FloatLstm lstm, FloatLstm::Read(node, {}, form.settings, form.sequence, 0));
    return FloatForm(node, form.sequence, lstm);
  }
  if (form.settings.activation != kernels::Activation::kTanh)
    return node.Unsupported("an activation that is not TANH with int8");
  BRINK_ASSIGN(const kernels::IntegerLstm lstm,
               ReadIntegerLstm(node, form.settings, form.sequence));
  return IntegerForm(node, form.sequence, lstm);
}

Result<Prepared> PrepareSequence(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, kMostInputs, 1));
  if (node.inputs.size() < kFewestInputs) return node.Invalid("fewer than 20 inputs");
  if (node.options.Bool(5)) return node.Unsupported("diagonal recurrent weights");
  Form form{.settings = {.cell_clip = node.options.Float(1),
                         .projection_clip = node.options.Float(2),
                         .asymmetric = node.options.Bool(4)}};
  BRINK_ASSIGN(form.settings.activation, ActivationOf(node, 0));
  BRINK_TRY(node.CheckRank(0, 3, 3));
  BRINK_ASSIGN(form.sequence, SequenceOf(node, 0, node.options.Bool(3)));
  return PrepareFull(node, form);
}

Result<Prepared> PrepareStep(const NodeView& node) {
  constexpr int8_t kBasic = 1;
  if (node.options.Int8(3) == kBasic) return PrepareBasicLstm(node);
  BRINK_TRY(node.CheckCounts(1, kMostInputs, 1));
  if (node.inputs.size() < kFewestInputs) return node.Invalid("fewer than 20 inputs");
  Form form{.settings = {.cell_clip = node.options.Float(1),
                         .projection_clip = node.options.Float(2),
                         .asymmetric = node.options.Bool(4)}};
  BRINK_ASSIGN(form.settings.activation, ActivationOf(node, 0));
  BRINK_TRY(node.CheckRank(0, 2, 2));
  BRINK_ASSIGN(form.sequence, SequenceOf(node, 0, true));
  return PrepareFull(node, form);
}

}  // namespace

extern const OpDef kUnidirectionalSequenceLstm{
    .name = "UNIDIRECTIONAL_SEQUENCE_LSTM",
    .code = 44,
    .max_version = 4,
    .foldable = false,
    .types = "f32 i8; weights i8",
    .kernels = "float32; int8 weights; int8, 16-bit state",
    .prepare = PrepareSequence};
extern const OpDef kLstm{.name = "LSTM",
                         .code = 16,
                         .max_version = 4,
                         .foldable = false,
                         .types = "f32",
                         .kernels = "float32",
                         .prepare = PrepareStep};

}  // namespace brink::ops
