#include "brink/ops/basic_lstm.h"

#include <cmath>

#include "brink/ops/recurrent.h"

namespace brink::ops {
namespace {

struct Sizes {
  int64_t batch = 0;
  int inputs = 0;
  int units = 0;
};

float Sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

void RunRow(const Sizes& sizes, const Buffers& b, int64_t row) {
  const int units = sizes.units;
  const int width = sizes.inputs + units;
  float* joined = b.out<float>(2) + row * width;
  float* gates = b.out<float>(3) + row * 4 * units;
  std::copy_n(b.in<float>(0) + row * sizes.inputs, sizes.inputs, joined);
  std::copy_n(b.in<float>(1) + row * units, units, joined + sizes.inputs);
  std::copy_n(b.in<float>(3), 4 * units, gates);
  kernels::AddProduct(b.in<float>(2), 4 * units, width, joined, gates);
  for (int i = 0; i < units; ++i) {
    const float state = Sigmoid(gates[i]) * std::tanh(gates[units + i]) +
                        Sigmoid(gates[2 * units + i]) * b.in<float>(4)[row * units + i];
    b.out<float>(1)[row * units + i] = state;
    b.out<float>(0)[row * units + i] = Sigmoid(gates[3 * units + i]) * std::tanh(state);
  }
}

Status CheckElements(const NodeView& node, int input, int64_t elements) {
  if (node.input(input).shape.elements() == elements) return {};
  return node.Invalid("input " + std::to_string(input) + ": shape " +
                      node.input(input).shape.ToString() + ", wanted " + std::to_string(elements) +
                      " elements");
}

}  // namespace

Result<Prepared> PrepareBasicLstm(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(5, 5, 4));
  for (int i = 0; i < 5; ++i) BRINK_TRY(node.CheckInputType(i, {Type::kFloat32}));
  for (int i = 0; i < 4; ++i) BRINK_TRY(node.CheckOutputType(i, {Type::kFloat32}));
  BRINK_TRY(node.CheckRank(0, 2, 2));
  BRINK_TRY(node.CheckRank(1, 2, 2));
  BRINK_ASSIGN(const Sequence x, SequenceOf(node, 0, true));
  BRINK_ASSIGN(const Sequence last, SequenceOf(node, 1, true));
  const int64_t units = last.width;
  const Result<MatrixInput> weights = MatrixOf(node, 2, 4 * units, x.width + units);
  if (!weights) return Fail(weights.error());
  BRINK_TRY(CheckElements(node, 1, x.batch * units));
  BRINK_TRY(CheckElements(node, 3, 4 * units));
  BRINK_TRY(CheckElements(node, 4, x.batch * units));
  const Sizes sizes{x.batch, static_cast<int>(x.width), static_cast<int>(units)};
  return Prepared{.shapes = {{x.batch, units},
                             {x.batch, units},
                             {x.batch, x.width + units},
                             {x.batch, 4 * units}},
                  .kernel = "float32",
                  .macs = x.batch * 4 * units * (x.width + units),
                  .run = [sizes](const Buffers& b) {
                    for (int64_t row = 0; row < sizes.batch; ++row) RunRow(sizes, b, row);
                  }};
}

}  // namespace brink::ops
