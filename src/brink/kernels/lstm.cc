#include "brink/kernels/lstm.h"

#include <algorithm>
#include <cmath>

#include "brink/kernels/elementwise.h"

namespace brink::kernels {
namespace {

// Scratch memory in pieces.
class Pieces {
 public:
  explicit Pieces(std::byte* scratch) : next_(scratch) {}
  template <class T>
  T* Take(int count) {
    auto* piece = reinterpret_cast<T*>(next_);
    next_ += (static_cast<size_t>(count) * sizeof(T) + 3) / 4 * 4;
    return piece;
  }

 private:
  std::byte* next_;
};

// To mean 0 and variance 1, times the coefficients. Source of the guard: TFLite
// portable_tensor_utils.cc, PortableMeanStddevNormalization.
void Normalise(const float* norm, float* values, int count) {
  constexpr float kGuard = 1e-8F;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < count; ++i) sum += static_cast<double>(values[i]);
  const auto mean = static_cast<float>(sum / count);
  for (int i = 0; i < count; ++i) {
    const double distance = static_cast<double>(values[i] - mean);
    squares += distance * distance;
  }
  const float scale = 1.0F / std::sqrt(static_cast<float>(squares / count) + kGuard);
  for (int i = 0; i < count; ++i) values[i] = (values[i] - mean) * scale * norm[i];
}

void Add(const float* from, float* to, int count) {
  if (from == nullptr) return;
  for (int i = 0; i < count; ++i) to[i] += from[i];
}

void Clip(float limit, float* values, int count) {
  if (limit <= 0) return;
  for (int i = 0; i < count; ++i) values[i] = std::clamp(values[i], -limit, limit);
}

struct Operands {
  VectorOperand input;
  VectorOperand aux;
  VectorOperand state;
};

void ComputeGate(const LstmGate& gate, Operands& operands, const float* cell, int cells,
                 float* sums) {
  std::fill_n(sums, cells, 0.0F);
  if (gate.norm == nullptr) Add(gate.bias, sums, cells);
  operands.input.AddProductOf(gate.input, sums);
  operands.aux.AddProductOf(gate.aux, sums);
  operands.state.AddProductOf(gate.recurrent, sums);
  if (gate.peephole != nullptr) {
    for (int i = 0; i < cells; ++i) sums[i] += gate.peephole[i] * cell[i];
  }
  if (gate.norm != nullptr) {
    Normalise(gate.norm, sums, cells);
    Add(gate.bias, sums, cells);
  }
}

std::span<float> Span(float* values, int count) { return {values, static_cast<size_t>(count)}; }

void Project(const LstmCell& lstm, const float* hidden, Pieces pieces, float* state) {
  VectorOperand operand({hidden, static_cast<size_t>(lstm.cells)}, lstm.asymmetric,
                        pieces.Take<int16_t>(lstm.cells), pieces.Take<int32_t>(lstm.outputs));
  std::fill_n(state, lstm.outputs, 0.0F);
  Add(lstm.projection_bias, state, lstm.outputs);
  operand.AddProductOf(lstm.projection, state);
  Clip(lstm.projection_clip, state, lstm.outputs);
}

}  // namespace

void Sigmoid(std::span<float> values) {
  Logistic({values.data(), values.data(), static_cast<int64_t>(values.size())}, {});
}

void Activate(Activation activation, std::span<float> values) {
  if (activation == Activation::kTanh) {
    Tanh({values.data(), values.data(), static_cast<int64_t>(values.size())}, {});
  } else if (activation != Activation::kSignBit) {
    const FloatRange range = ClampRange(activation);
    for (float& value : values) value = std::min(std::max(value, range.low), range.high);
  }
}

size_t LstmCell::scratch_bytes() const {
  const auto widest = static_cast<size_t>(std::max(cells, outputs));
  const auto vectors = static_cast<size_t>(inputs) + static_cast<size_t>(aux_inputs) +
                       static_cast<size_t>(outputs) + static_cast<size_t>(cells);
  return 4 * 4 * static_cast<size_t>(cells) + 2 * 4 * widest + 2 * (vectors + 8);
}

void LstmStep(const LstmCell& lstm, const float* input, const float* aux, float* state, float* cell,
              std::byte* scratch) {
  Pieces pieces(scratch);
  const int cells = lstm.cells;
  std::array<float*, 4> gates{};
  for (float*& gate : gates) gate = pieces.Take<float>(cells);
  auto* sums = pieces.Take<int32_t>(std::max(cells, lstm.outputs));
  const auto operand = [&](const float* x, int count) {
    return VectorOperand({x, static_cast<size_t>(count)}, lstm.asymmetric,
                         pieces.Take<int16_t>(count), sums);
  };
  Operands operands{operand(input, lstm.inputs), operand(aux, lstm.aux_inputs),
                    operand(state, lstm.outputs)};
  const auto compute = [&](LstmCell::Gate gate) {
    ComputeGate(lstm.gates[gate], operands, cell, cells, gates[gate]);
    return Span(gates[gate], cells);
  };
  const bool coupled = !lstm.gates[LstmCell::kInput].input.present();
  Sigmoid(compute(LstmCell::kForget));
  if (!coupled) Sigmoid(compute(LstmCell::kInput));
  Activate(lstm.activation, compute(LstmCell::kCell));
  for (int i = 0; i < cells; ++i) {
    const float forget = gates[LstmCell::kForget][i];
    const float take = coupled ? 1 - forget : gates[LstmCell::kInput][i];
    cell[i] = forget * cell[i] + take * gates[LstmCell::kCell][i];
  }
  Clip(lstm.cell_clip, cell, cells);
  Sigmoid(compute(LstmCell::kOutput));
  float* hidden = gates[LstmCell::kCell];
  std::copy_n(cell, cells, hidden);
  Activate(lstm.activation, Span(hidden, cells));
  for (int i = 0; i < cells; ++i) hidden[i] *= gates[LstmCell::kOutput][i];
  if (lstm.projection.present()) {
    Project(lstm, hidden, pieces, state);
  } else {
    std::copy_n(hidden, lstm.outputs, state);
  }
}

}  // namespace brink::kernels
