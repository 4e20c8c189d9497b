#include "brink/ops/lstm_inputs.h"

#include <cmath>

namespace brink::ops {

using kernels::LstmCell;

Status FloatLstm::ReadGate(const NodeView& node, int gate) {
  const auto g = static_cast<size_t>(gate);
  Gate& read = gates_[g];
  BRINK_ASSIGN(read.input, MatrixOf(node, numbers_.input[g], cell_.cells, cell_.inputs));
  BRINK_ASSIGN(read.recurrent, MatrixOf(node, numbers_.recurrent[g], cell_.cells, cell_.outputs));
  if (cell_.aux_inputs > 0) {
    BRINK_ASSIGN(read.aux, MatrixOf(node, numbers_.aux[g], cell_.cells, cell_.aux_inputs));
  }
  BRINK_ASSIGN(read.peephole, VectorOf(node, numbers_.peephole[g], cell_.cells));
  BRINK_ASSIGN(read.norm, VectorOf(node, numbers_.norm[g], cell_.cells));
  BRINK_ASSIGN(read.bias, VectorOf(node, numbers_.bias[g], cell_.cells));
  if (gate == LstmCell::kInput && !read.input.present() && !read.recurrent.present()) return {};
  if (!read.input.present() || !read.recurrent.present())
    return node.Invalid("weights of gate " + std::to_string(gate) + " are left out");
  macs_ += int64_t{cell_.cells} * (cell_.inputs + cell_.aux_inputs + cell_.outputs);
  return {};
}

Result<FloatLstm> FloatLstm::Read(const NodeView& node, const LstmNumbers& numbers,
                                  const LstmSettings& settings, const Sequence& sequence,
                                  int64_t aux_width) {
  FloatLstm lstm;
  lstm.numbers_ = numbers;
  BRINK_ASSIGN(const MatrixInput shape, MatrixOf(node, numbers.input[1], -1, sequence.width));
  if (!shape.present()) return node.Invalid("the forget gate's weights are left out");
  LstmCell& cell = lstm.cell_;
  cell.inputs = static_cast<int>(sequence.width);
  cell.aux_inputs = static_cast<int>(aux_width);
  cell.cells = shape.rows;
  cell.outputs = cell.cells;
  cell.activation = settings.activation;
  cell.cell_clip = settings.cell_clip;
  cell.projection_clip = settings.projection_clip;
  cell.asymmetric = settings.asymmetric;
  BRINK_ASSIGN(lstm.projection_, MatrixOf(node, numbers.projection, -1, cell.cells));
  if (lstm.projection_.present()) {
    cell.outputs = lstm.projection_.rows;
    lstm.macs_ += int64_t{cell.cells} * cell.outputs;
  }
  BRINK_ASSIGN(lstm.projection_bias_, VectorOf(node, numbers.projection_bias, cell.outputs));
  for (int gate = 0; gate < 4; ++gate) BRINK_TRY(lstm.ReadGate(node, gate));
  BRINK_TRY(
      CheckState(node, numbers.state, Type::kFloat32, sequence.batch * int64_t{cell.outputs}));
  BRINK_TRY(CheckState(node, numbers.cell, Type::kFloat32, sequence.batch * int64_t{cell.cells}));
  return lstm;
}

kernels::LstmCell FloatLstm::At(const Buffers& buffers) const {
  LstmCell cell = cell_;
  for (size_t g = 0; g < 4; ++g) {
    cell.gates[g] = {.input = gates_[g].input.At(buffers),
                     .aux = gates_[g].aux.At(buffers),
                     .recurrent = gates_[g].recurrent.At(buffers),
                     .peephole = gates_[g].peephole.At(buffers),
                     .norm = gates_[g].norm.At(buffers),
                     .bias = gates_[g].bias.At(buffers)};
  }
  cell.projection = projection_.At(buffers);
  cell.projection_bias = projection_bias_.At(buffers);
  return cell;
}

namespace {

// Reads the constants of the integer form.
class IntegerReader {
 public:
  IntegerReader(const NodeView& node, const LstmSettings& settings, const Sequence& sequence)
      : node_(node), settings_(settings), sequence_(sequence) {}

  Result<kernels::IntegerLstm> Read() {
    BRINK_TRY(ReadSizes());
    BRINK_TRY(ReadStates());
    for (size_t gate = 0; gate < 4; ++gate) BRINK_TRY(ReadGate(gate));
    BRINK_TRY(ReadHidden());
    return lstm_;
  }

 private:
  Status ReadSizes() {
    const int forget = numbers_.input[1];
    BRINK_ASSIGN(const Value* weights, Constant(forget, Type::kInt8, -1));
    if (weights == nullptr || weights->shape.rank() != 2 || weights->shape[1] != sequence_.width ||
        weights->shape[0] > (1 << 24)) {
      return node_.Invalid("input 2: wanted weights [cells, " + std::to_string(sequence_.width) +
                           "]");
    }
    lstm_.inputs = static_cast<int>(sequence_.width);
    lstm_.cells = static_cast<int>(weights->shape[0]);
    lstm_.outputs = lstm_.cells;
    BRINK_ASSIGN(const Value* projection, Constant(numbers_.projection, Type::kInt8, -1));
    if (projection == nullptr) return {};
    if (projection->shape.rank() != 2 || projection->shape[1] != lstm_.cells ||
        projection->shape[0] > (1 << 24))
      return node_.Invalid("input 16: wanted weights [outputs, cells]");
    lstm_.outputs = static_cast<int>(projection->shape[0]);
    lstm_.projection = projection->as<int8_t>().data();
    projection_scale_ = projection->quantization.scale[0];
    BRINK_ASSIGN(const Value* bias,
                 Constant(numbers_.projection_bias, Type::kInt32, lstm_.outputs));
    if (bias != nullptr) lstm_.projection_bias = bias->as<int32_t>().data();
    return {};
  }

  Status ReadStates() {
    BRINK_TRY(CheckState(node_, numbers_.state, Type::kInt8, sequence_.batch * lstm_.outputs));
    BRINK_TRY(CheckState(node_, numbers_.cell, Type::kInt16, sequence_.batch * lstm_.cells));
    const Value& state = node_.input(numbers_.state);
    const Value& cell = node_.input(numbers_.cell);
    for (const Value* value : {&node_.input(0), &state, &cell}) {
      BRINK_TRY(node_.CheckQuantized(*value));
    }
    input_scale_ = node_.input(0).quantization.scale[0];
    lstm_.input_zero_point = static_cast<int32_t>(node_.input(0).quantization.zero_point[0]);
    state_scale_ = state.quantization.scale[0];
    lstm_.state_zero_point = static_cast<int32_t>(state.quantization.zero_point[0]);
    const float scale = cell.quantization.scale[0];
    lstm_.cell_shift = static_cast<int>(std::lround(std::log2(scale)));
    if (std::abs(scale - std::ldexp(1.0F, lstm_.cell_shift)) > 1e-3F * scale ||
        lstm_.cell_shift > -9 || lstm_.cell_shift < -30) {
      return node_.Unsupported("input 19: a cell state of scale " + std::to_string(scale) +
                               ", powers of two up to 2^-9 are supported");
    }
    lstm_.cell_clip = Clip<int16_t>(settings_.cell_clip, scale);
    lstm_.projection_clip = Clip<int8_t>(settings_.projection_clip, state_scale_);
    return {};
  }

  template <class T>
  static T Clip(float limit, float scale) {
    const float most = std::numeric_limits<T>::max();
    return limit > 0 ? static_cast<T>(std::min(limit / scale, most)) : T{0};
  }

  // Null when it is left out; else a constant of this type, so many elements (any, for -1) and, but
  // for biases, one scale.
  Result<const Value*> Constant(int input, Type type, int64_t elements) {
    if (!node_.has_input(input)) return nullptr;
    BRINK_TRY(node_.CheckInputType(input, {type}));
    BRINK_TRY(node_.CheckConstant(input));
    const Value& value = node_.input(input);
    if (type != Type::kInt32) BRINK_TRY(node_.CheckQuantized(value));
    if (elements >= 0 && value.shape.elements() != elements) {
      return node_.Invalid("input " + std::to_string(input) + ": shape " + value.shape.ToString() +
                           ", wanted " + std::to_string(elements) + " elements");
    }
    return &value;
  }

  // The scale of a gate's sums.
  Result<double> SumScale(size_t gate, bool has_norm) {
    if (!has_norm) return 1.0 / 4096;
    return IntermediateScale(gate);
  }

  Result<double> IntermediateScale(size_t index) {
    const auto& tensors = node_.intermediates;
    if (index >= tensors.size() || tensors[index] == nullptr ||
        tensors[index]->quantization.empty())
      return node_.Invalid("no quantisation of intermediate " + std::to_string(index));
    if (!(tensors[index]->quantization.scale[0] > 0))
      return node_.Invalid("a scale of 0 of intermediate " + std::to_string(index));
    return static_cast<double>(tensors[index]->quantization.scale[0]);
  }

  Status ReadGate(size_t g) {
    kernels::IntegerLstmGate& gate = lstm_.gates[g];
    const int64_t cells = lstm_.cells;
    BRINK_ASSIGN(const Value* input,
                 Constant(numbers_.input[g], Type::kInt8, cells * lstm_.inputs));
    BRINK_ASSIGN(const Value* recurrent,
                 Constant(numbers_.recurrent[g], Type::kInt8, cells * lstm_.outputs));
    if (g == LstmCell::kInput && input == nullptr && recurrent == nullptr) return {};
    if (input == nullptr || recurrent == nullptr)
      return node_.Invalid("weights of gate " + std::to_string(g) + " are left out");
    BRINK_ASSIGN(const Value* peephole, Constant(numbers_.peephole[g], Type::kInt16, cells));
    BRINK_ASSIGN(const Value* norm, Constant(numbers_.norm[g], Type::kInt16, cells));
    BRINK_ASSIGN(const Value* bias, Constant(numbers_.bias[g], Type::kInt32, cells));
    BRINK_ASSIGN(const double sums, SumScale(g, norm != nullptr));
    const auto scale = [&](const Value& weights, double vector) {
      return kernels::QuantizeMultiplier(static_cast<double>(weights.quantization.scale[0]) *
                                         vector / sums);
    };
    gate.input = input->as<int8_t>().data();
    gate.input_scale = scale(*input, static_cast<double>(input_scale_));
    gate.recurrent = recurrent->as<int8_t>().data();
    gate.recurrent_scale = scale(*recurrent, static_cast<double>(state_scale_));
    if (bias != nullptr) gate.bias = bias->as<int32_t>().data();
    if (peephole != nullptr) {
      gate.peephole = peephole->as<int16_t>().data();
      gate.peephole_scale = scale(*peephole, std::ldexp(1.0, lstm_.cell_shift));
    }
    if (norm != nullptr) {
      const float norm_scale = norm->quantization.scale[0];
      gate.norm = norm->as<int16_t>().data();
      gate.norm_scale = kernels::QuantizeMultiplier(static_cast<double>(norm_scale));
      gate.variance_guard = static_cast<int32_t>(std::clamp(10000 * norm_scale, 1.0F, 1e9F));
    }
    return {};
  }

  // What leaves the cell before the projection, or the output itself.
  Status ReadHidden() {
    BRINK_ASSIGN(const double scale, IntermediateScale(4));
    lstm_.hidden_scale = kernels::QuantizeMultiplier(std::ldexp(1.0, -30) / scale);
    lstm_.hidden_zero_point =
        static_cast<int32_t>(node_.intermediates[4]->quantization.zero_point[0]);
    lstm_.projection_scale = kernels::QuantizeMultiplier(static_cast<double>(projection_scale_) *
                                                         scale / static_cast<double>(state_scale_));
    return {};
  }

  const NodeView& node_;
  const LstmSettings& settings_;
  const Sequence& sequence_;
  LstmNumbers numbers_;
  kernels::IntegerLstm lstm_;
  float input_scale_ = 1;
  float state_scale_ = 1;
  float projection_scale_ = 1;
};

}  // namespace

Result<kernels::IntegerLstm> ReadIntegerLstm(const NodeView& node, const LstmSettings& settings,
                                             const Sequence& sequence) {
  return IntegerReader(node, settings, sequence).Read();
}

}  // namespace brink::ops
