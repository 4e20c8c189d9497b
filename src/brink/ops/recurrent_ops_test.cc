// Recurrent operators against formulas written out in doubles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "brink/ops/one_node_testing.h"

namespace brink::ops {
namespace {

using model::kAbsent;
using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::FloatNear;
using testing::Pointwise;

using Floats = std::vector<float>;

Floats Random(size_t count, int seed) {
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<float> values(-1, 1);
  Floats floats(count);
  for (float& value : floats) value = values(random);
  return floats;
}

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// An LSTM of `units` cells over [time, batch, inputs], without projection, peepholes or norms.
struct Lstm {
  int inputs = 3;
  int units = 4;
  int batch = 2;
  int steps = 3;
  bool time_major = false;
  bool coupled = false;

  Floats weights(int gate) const { return Random(static_cast<size_t>(units * inputs), gate); }
  Floats recurrent(int gate) const { return Random(static_cast<size_t>(units * units), 10 + gate); }
  Floats bias(int gate) const { return Random(static_cast<size_t>(units), 20 + gate); }
  Floats x() const { return Random(static_cast<size_t>(steps * batch * inputs), 30); }
  int vector(int step, int row) const {
    return time_major ? step * batch + row : row * steps + step;
  }

  ModelBuilder Build() const {
    ModelBuilder b;
    const Shape shape = time_major ? Shape{steps, batch, inputs} : Shape{batch, steps, inputs};
    std::vector<int> tensors(24, kAbsent);
    tensors[0] = b.Input("x", Type::kFloat32, shape);
    for (int gate = coupled ? 1 : 0; gate < 4; ++gate) {
      const auto g = static_cast<size_t>(gate);
      tensors[1 + g] = b.Constant("w", {units, inputs}, weights(gate));
      tensors[5 + g] = b.Constant("r", {units, units}, recurrent(gate));
      tensors[12 + g] = b.Constant("b", {units}, bias(gate));
    }
    tensors[18] = b.Variable("h", Type::kFloat32, {batch, units});
    tensors[19] = b.Variable("c", Type::kFloat32, {batch, units});
    b.Output(b.Op("UNIDIRECTIONAL_SEQUENCE_LSTM", tensors, {.name = "y", .shape = {1, 1, 1}},
                  Options{{0, int8_t{4}}, {3, time_major}}));
    return b;
  }

  Floats Reference() const {
    Floats y(static_cast<size_t>(steps * batch * units));
    for (int row = 0; row < batch; ++row) {
      std::vector<double> h(static_cast<size_t>(units));
      std::vector<double> c(h);
      for (int step = 0; step < steps; ++step) {
        std::vector<std::vector<double>> gates;
        for (int gate = 0; gate < 4; ++gate) gates.push_back(Gate(gate, step, row, h));
        for (size_t i = 0; i < h.size(); ++i) {
          const double forget = Sigmoid(gates[1][i]);
          const double take = coupled ? 1 - forget : Sigmoid(gates[0][i]);
          c[i] = forget * c[i] + take * std::tanh(gates[2][i]);
          h[i] = Sigmoid(gates[3][i]) * std::tanh(c[i]);
          y[static_cast<size_t>(vector(step, row) * units) + i] = static_cast<float>(h[i]);
        }
      }
    }
    return y;
  }

  std::vector<double> Gate(int gate, int step, int row, const std::vector<double>& h) const {
    std::vector<double> sums;
    for (int unit = 0; unit < units; ++unit) {
      double sum = static_cast<double>(bias(gate)[static_cast<size_t>(unit)]);
      for (int i = 0; i < inputs; ++i) {
        sum += static_cast<double>(weights(gate)[static_cast<size_t>(unit * inputs + i)]) *
               static_cast<double>(x()[static_cast<size_t>(vector(step, row) * inputs + i)]);
      }
      for (int i = 0; i < units; ++i) {
        sum += static_cast<double>(recurrent(gate)[static_cast<size_t>(unit * units + i)]) *
               h[static_cast<size_t>(i)];
      }
      sums.push_back(sum);
    }
    return sums;
  }
};

// As OneNode::Run, with zeros for the variable tensors.
Result<std::vector<Tensor>> RunWithState(ModelBuilder b, const Tensor& x) {
  const OneNode node(b);
  std::vector<Tensor> states;
  std::vector<ConstTensorView> views = {x.view()};
  for (const model::TensorDef& tensor : b.model().graphs[0].tensors) {
    if (!tensor.is_variable) continue;
    Tensor& state = states.emplace_back(tensor.type, Shape::Make(tensor.shape).value());
    std::ranges::fill(state.bytes(), std::byte{0});
  }
  for (const Tensor& state : states) views.push_back(state.view());
  return node.Run(views);
}

TEST(RecurrentOps, LstmAgreesWithItsFormula) {
  for (const bool time_major : {false, true}) {
    for (const bool coupled : {false, true}) {
      const Lstm lstm{.time_major = time_major, .coupled = coupled};
      const auto y = RunWithState(lstm.Build(), Tensor::Of<float>({18}, lstm.x()));
      ASSERT_TRUE(y) << y.error().message;
      EXPECT_THAT(Values<float>(y->at(0)), Pointwise(FloatNear(1e-5f), lstm.Reference()));
      EXPECT_EQ(y->at(0).shape(), time_major ? Shape({3, 2, 4}) : Shape({2, 3, 4}));
    }
  }
}

TEST(RecurrentOps, LstmRefusesWeightsThatDoNotFit) {
  ModelBuilder b = Lstm{}.Build();
  model::TensorDef& bias = b.graph().tensors[3];  // the input gate's
  bias.shape = {8};
  bias.data.resize(8 * sizeof(float));
  EXPECT_FALSE(OneNode(b).Error().empty());
  ModelBuilder few = Lstm{}.Build();
  few.graph().nodes[0].inputs.resize(19);
  EXPECT_EQ(OneNode(few).Error(),
            "operator 0 (UNIDIRECTIONAL_SEQUENCE_LSTM 'y'): fewer than 20 inputs");
}

TEST(RecurrentOps, RnnAddsWhatItSawBefore) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 3, 1});
  const int weights = b.Constant<float>("w", {2, 1}, {1, 10});
  const int recurrent = b.Constant<float>("r", {2, 2}, {1, 0, 0, 2});
  const int bias = b.Constant<float>("b", {2}, {0, 1});
  const int state = b.Variable("h", Type::kFloat32, {1, 2});
  b.Output(b.Op("UNIDIRECTIONAL_SEQUENCE_RNN", {x, weights, recurrent, bias, state},
                {.name = "y", .shape = {1, 3, 2}}, Options{{1, int8_t{1}}}));
  const auto y = RunWithState(b, Tensor::Of<float>({1, 3, 1}, Floats{1, 2, -9}));
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>(y->at(0)), ElementsAreArray({1, 11, 3, 43, 0, 0}));
}

TEST(RecurrentOps, SvdfWeighsItsMemory) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 2});
  const int features = b.Constant<float>("f", {2, 2}, {1, 0, 0, 1});
  const int times = b.Constant<float>("t", {2, 3}, {9, 9, 2, 9, 9, 3});
  const int bias = b.Constant<float>("b", {1}, {100});
  const int state = b.Variable("s", Type::kFloat32, {1, 6});
  b.Output(b.Op("SVDF", {x, features, times, bias, state}, {.name = "y", .shape = {1, 1}},
                Options{{0, 2}}));
  const auto y = RunWithState(b, Tensor::Of<float>({1, 2}, Floats{5, 7}));
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_THAT(Values<float>(y->at(0)), ElementsAre(100 + 5 * 2 + 7 * 3));
}

}  // namespace
}  // namespace brink::ops
