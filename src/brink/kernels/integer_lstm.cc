#include "brink/kernels/integer_lstm.h"

#include <algorithm>
#include <cmath>

namespace brink::kernels {
namespace {

int16_t Saturate16(int64_t value) {
  return static_cast<int16_t>(std::clamp<int64_t>(value, INT16_MIN, INT16_MAX));
}
int8_t Saturate8(int64_t value) {
  return static_cast<int8_t>(std::clamp<int64_t>(value, INT8_MIN, INT8_MAX));
}

// As std::lround, of what an int32_t holds: 32-bit ARM's library takes numbers apart bit by bit.
int32_t Round(double value) {
  const auto whole = static_cast<int32_t>(value);
  const double rest = value - whole;
  return whole + static_cast<int32_t>(rest >= 0.5) - static_cast<int32_t>(rest <= -0.5);
}

// Q(15 - bits).(bits) to Q0.15.
int16_t Sigmoid16(int16_t value) {
  const double x = static_cast<double>(value) / 4096;
  return Saturate16(Round(32768 / (1 + std::exp(-x))));
}
int16_t Tanh16(int16_t value, double unit) {
  return Saturate16(Round(32768 * std::tanh(static_cast<double>(value) * unit)));
}

// gate += matrix . x + bias, scaled and saturated.
void AddProduct16(const int8_t* matrix, int cells, int columns, const int16_t* x,
                  const int32_t* bias, Multiplier scale, int32_t* sums, int16_t* gate) {
  Product(matrix, cells, columns, x, sums);
  for (int i = 0; i < cells; ++i) {
    const int32_t sum = bias == nullptr ? sums[i] : WrappingAdd(sums[i], bias[i]);
    gate[i] = Saturate16(int64_t{gate[i]} + MultiplyByMultiplier(sum, scale));
  }
}

// Source: TFLite portable_tensor_utils.cc, PortableApplyLayerNorm.
void Normalise(const IntegerLstmGate& gate, int16_t* values, int cells) {
  constexpr int64_t kTwoTo20 = int64_t{1} << 20;
  int64_t sum = 0;
  int64_t squares = 0;
  for (int i = 0; i < cells; ++i) {
    sum += values[i];
    squares += int64_t{values[i]} * values[i];
  }
  const auto mean = static_cast<int32_t>(sum * 1024 / cells);
  const int64_t variance = squares * kTwoTo20 / cells - int64_t{mean} * mean;
  auto whole = static_cast<int32_t>(variance / kTwoTo20);
  if (whole < 1) whole = gate.variance_guard;
  // 1 / sqrt(whole).
  const Multiplier inverse = QuantizeMultiplier(1.0 / std::sqrt(static_cast<double>(whole)));
  for (int i = 0; i < cells; ++i) {
    const int32_t shifted = 1024 * values[i] - mean;
    const int32_t scaled = MultiplyByMultiplier(shifted, inverse);
    const int64_t weighted =
        int64_t{scaled} * gate.norm[i] + (gate.bias == nullptr ? 0 : gate.bias[i]);
    const auto rounded =
        static_cast<int32_t>((weighted > 0 ? weighted + 512 : weighted - 512) / 1024);
    const Multiplier norm{gate.norm_scale.value, gate.norm_scale.shift + 12};
    values[i] = Saturate16(MultiplyByMultiplier(rounded, norm));
  }
}

struct Vectors {
  const int16_t* input;  // less its zero point
  const int16_t* state;
  int32_t* sums;
};

void ComputeGate(const IntegerLstm& lstm, const IntegerLstmGate& gate, const Vectors& vectors,
                 const int16_t* cell, int16_t* values) {
  std::fill_n(values, lstm.cells, int16_t{0});
  const int32_t* bias = gate.norm == nullptr ? gate.bias : nullptr;
  AddProduct16(gate.input, lstm.cells, lstm.inputs, vectors.input, bias, gate.input_scale,
               vectors.sums, values);
  AddProduct16(gate.recurrent, lstm.cells, lstm.outputs, vectors.state, nullptr,
               gate.recurrent_scale, vectors.sums, values);
  if (gate.peephole != nullptr) {
    for (int i = 0; i < lstm.cells; ++i) {
      const int32_t product = int32_t{gate.peephole[i]} * cell[i];
      values[i] =
          Saturate16(int64_t{values[i]} + MultiplyByMultiplier(product, gate.peephole_scale));
    }
  }
  if (gate.norm != nullptr) Normalise(gate, values, lstm.cells);
}

void Centre(const int8_t* from, int count, int32_t zero_point, int16_t* to) {
  for (int i = 0; i < count; ++i) to[i] = static_cast<int16_t>(from[i] - zero_point);
}

void UpdateCell(const IntegerLstm& lstm, const std::array<int16_t*, 4>& gates, int16_t* cell) {
  const bool coupled = lstm.gates[LstmCell::kInput].input == nullptr;
  for (int i = 0; i < lstm.cells; ++i) {
    const int16_t forget = gates[LstmCell::kForget][i];
    const int32_t take = coupled ? 32767 - forget : gates[LstmCell::kInput][i];
    const int32_t kept = RoundingDivideByPowerOfTwo(int32_t{forget} * cell[i], 15);
    const int32_t fresh =
        RoundingDivideByPowerOfTwo(take * gates[LstmCell::kCell][i], 30 + lstm.cell_shift);
    cell[i] = Saturate16(int64_t{Saturate16(kept)} + Saturate16(fresh));
    if (lstm.cell_clip > 0) {
      const int16_t clip = lstm.cell_clip;
      cell[i] = std::clamp(cell[i], static_cast<int16_t>(-clip), clip);
    }
  }
}

void Project(const IntegerLstm& lstm, const int16_t* hidden, int32_t* sums, int8_t* state) {
  Product(lstm.projection, lstm.outputs, lstm.cells, hidden, sums);
  for (int i = 0; i < lstm.outputs; ++i) {
    const int32_t bias = lstm.projection_bias == nullptr ? 0 : lstm.projection_bias[i];
    const int32_t scaled = MultiplyByMultiplier(WrappingAdd(sums[i], bias), lstm.projection_scale);
    state[i] = Saturate8(int64_t{scaled} + lstm.state_zero_point);
    if (lstm.projection_clip > 0) {
      const int8_t clip = lstm.projection_clip;
      state[i] = std::clamp(state[i], static_cast<int8_t>(-clip), clip);
    }
  }
}

}  // namespace

size_t IntegerLstm::scratch_bytes() const {
  const auto c = static_cast<size_t>(cells);
  return 4 * std::max(c, static_cast<size_t>(outputs)) +
         2 * (5 * c + static_cast<size_t>(inputs) + static_cast<size_t>(outputs));
}

void IntegerLstmStep(const IntegerLstm& lstm, const int8_t* input, int8_t* state, int16_t* cell,
                     std::byte* scratch) {
  const int cells = lstm.cells;
  auto* sums = reinterpret_cast<int32_t*>(scratch);
  auto* next = reinterpret_cast<int16_t*>(sums + std::max(cells, lstm.outputs));
  std::array<int16_t*, 4> gates{};
  for (int16_t*& gate : gates) {
    gate = next;
    next += cells;
  }
  int16_t* hidden = next;
  int16_t* centred_input = hidden + cells;
  int16_t* centred_state = centred_input + lstm.inputs;
  Centre(input, lstm.inputs, lstm.input_zero_point, centred_input);
  Centre(state, lstm.outputs, lstm.state_zero_point, centred_state);
  const Vectors vectors{centred_input, centred_state, sums};
  for (const auto gate : {LstmCell::kForget, LstmCell::kInput, LstmCell::kCell}) {
    if (lstm.gates[gate].input == nullptr) continue;
    ComputeGate(lstm, lstm.gates[gate], vectors, cell, gates[gate]);
    for (int i = 0; i < cells; ++i) {
      const int16_t value = gates[gate][i];
      gates[gate][i] = gate == LstmCell::kCell ? Tanh16(value, 1.0 / 4096) : Sigmoid16(value);
    }
  }
  UpdateCell(lstm, gates, cell);
  ComputeGate(lstm, lstm.gates[LstmCell::kOutput], vectors, cell, gates[LstmCell::kOutput]);
  const double unit = std::ldexp(1.0, lstm.cell_shift);
  for (int i = 0; i < cells; ++i) {
    const int32_t product = int32_t{Sigmoid16(gates[LstmCell::kOutput][i])} * Tanh16(cell[i], unit);
    const int64_t scaled =
        int64_t{MultiplyByMultiplier(product, lstm.hidden_scale)} + lstm.hidden_zero_point;
    const int8_t stored = Saturate8(scaled);
    if (lstm.projection == nullptr) state[i] = stored;
    hidden[i] = static_cast<int16_t>(stored - lstm.hidden_zero_point);
  }
  if (lstm.projection != nullptr) Project(lstm, hidden, sums, state);
}

}  // namespace brink::kernels
