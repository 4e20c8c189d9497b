// TFLite Micro's Signal* operators.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <random>

#include "brink/kernels/filter_bank.h"
#include "brink/kernels/fixed_fft.h"
#include "brink/model/flex_map.h"
#include "brink/ops/one_node_testing.h"

namespace brink::ops {
namespace {

using model::ModelBuilder;
using model::WriteFlexMap;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

using Entries = std::map<std::string, std::vector<double>>;

struct In {
  Tensor tensor;
  bool is_constant = false;
};

template <class T>
In Constant(const std::vector<T>& values) {
  return {Of<T>({static_cast<int64_t>(values.size())}, values), true};
}
template <class T>
In Given(const std::vector<T>& values) {
  return {Of<T>({static_cast<int64_t>(values.size())}, values)};
}

OneNode Signal(const std::string& name, const std::vector<In>& inputs,
               const std::vector<Type>& outputs, const Entries& options) {
  ModelBuilder b;
  std::vector<int> in;
  std::vector<int> out;
  for (const In& input : inputs) {
    model::TensorDef tensor{.name = "x", .type = input.tensor.type()};
    for (const int64_t dim : input.tensor.shape().dims())
      tensor.shape.push_back(static_cast<int32_t>(dim));
    if (input.is_constant) tensor.data = model::BytesOf(input.tensor.bytes());
    in.push_back(b.Add(tensor));
    if (!input.is_constant) b.graph().inputs.push_back(in.back());
  }
  for (const Type type : outputs) out.push_back(b.Tensor("y", type, {1}));
  b.Node(name, in, out).custom_options = WriteFlexMap(options);
  for (const int y : out) b.Output(y);
  return OneNode(b);
}

std::vector<Tensor> Outputs(const OneNode& node, const std::vector<In>& inputs) {
  std::vector<ConstTensorView> views;
  for (const In& input : inputs) {
    if (!input.is_constant) views.push_back(input.tensor.view());
  }
  auto outputs = node.Run(views);
  if (!outputs) throw std::runtime_error(outputs.error().message);
  return *std::move(outputs);
}

TEST(SignalOps, WindowsAreAppliedInFixedPoint) {
  std::vector<In> inputs;
  inputs.push_back(Given<int16_t>({100, -100, 32767, -3}));
  inputs.push_back(Constant<int16_t>({4096, 2048, 8192, 2048}));
  const OneNode node = Signal("SignalWindow", inputs, {Type::kInt16}, {{"shift", {12}}});
  EXPECT_THAT(Values<int16_t>(Outputs(node, inputs)[0]), ElementsAreArray({100, -50, 32767, -2}));
  EXPECT_THAT(Signal("SignalWindow", inputs, {Type::kInt16}, {{"shift", {32}}}).Error(),
              HasSubstr("shift is 32"));
}

TEST(SignalOps, AutoScaleUsesAllBitsButOneOfTheSign) {
  for (const auto& [x, wanted] : std::vector<std::pair<std::vector<int16_t>, int>>{
           {{3, -5, 0}, 12}, {{0, 0}, 0}, {{-32768, 1}, 0}, {{16384}, 0}, {{16383}, 1}}) {
    std::vector<In> inputs;
    inputs.push_back(Given<int16_t>(x));
    const auto y =
        Outputs(Signal("SignalFftAutoScale", inputs, {Type::kInt16, Type::kInt32}, {{"none", {0}}}),
                inputs);
    EXPECT_THAT(Values<int32_t>(y[1]), ElementsAre(wanted));
    for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[0].as<int16_t>()[i], x[i] * (1 << wanted));
  }
}

TEST(SignalOps, TheFourierTransformIsTheTrueOneWithinItsRounding) {
  std::mt19937 random(1);
  for (const int length : {4, 8, 16, 64, 128, 512}) {
    const kernels::FixedFft fft(length);
    std::vector<int16_t> x(static_cast<size_t>(length));
    for (int16_t& sample : x) sample = static_cast<int16_t>(random() % 65536 - 32768);
    std::vector<kernels::FixedComplex> y(static_cast<size_t>(length / 2 + 1));
    std::vector<std::byte> scratch(fft.scratch_bytes());
    fft.Transform(x.data(), y.data(), scratch.data());
    for (int k = 0; k <= length / 2; ++k) {
      std::complex<double> sum = 0;
      for (int i = 0; i < length; ++i) {
        const double phase = -2 * std::numbers::pi * k * i / length;
        sum += std::polar(static_cast<double>(x[static_cast<size_t>(i)]), phase);
      }
      const auto& found = y[static_cast<size_t>(k)];
      EXPECT_NEAR(found.real, sum.real() / length, 6) << length << " " << k;
      EXPECT_NEAR(found.imaginary, sum.imag() / length, 6) << length << " " << k;
    }
  }
}

TEST(SignalOps, RfftPadsEachInputWithZeros) {
  std::vector<In> inputs;
  inputs.push_back(Given<int16_t>({8000, 0, 0}));
  const auto options = [](double length) { return Entries{{"T", {7}}, {"fft_length", {length}}}; };
  const auto y = Outputs(Signal("SignalRfft", inputs, {Type::kInt16}, options(8)), inputs);
  EXPECT_EQ(y[0].shape(), Shape({10}));
  // An impulse's spectrum is flat: 8000 / 8.
  for (size_t i = 0; i < 10; i += 2) EXPECT_NEAR(y[0].as<int16_t>()[i], 1000, 3);
  for (size_t i = 1; i < 10; i += 2) EXPECT_NEAR(y[0].as<int16_t>()[i], 0, 3);
  EXPECT_THAT(Signal("SignalRfft", inputs, {Type::kInt16}, options(480)).Error(),
              HasSubstr("fft_length 480, powers of two"));
  EXPECT_THAT(Signal("SignalRfft", inputs, {Type::kInt16}, options(1 << 20)).Error(),
              HasSubstr("fft_length is 1048576"));
}

TEST(SignalOps, EnergiesOfARange) {
  std::vector<In> inputs;
  inputs.push_back(Given<int16_t>({1, 2, 3, 4, -32768, -32768, 5, 6}));
  const auto options = [](double start, double end) {
    return Entries{{"start_index", {start}}, {"end_index", {end}}};
  };
  const OneNode node = Signal("SignalEnergy", inputs, {Type::kUInt32}, options(1, 3));
  EXPECT_THAT(Values<uint32_t>(Outputs(node, inputs)[0]), ElementsAre(0, 25, 1U << 31, 0));
  EXPECT_THAT(Signal("SignalEnergy", inputs, {Type::kUInt32}, options(1, 5)).Error(),
              HasSubstr("end_index is 5"));
  EXPECT_THAT(Signal("SignalEnergy", inputs, {Type::kUInt32}, options(-1, 3)).Error(),
              HasSubstr("start_index is -1"));
}

std::vector<In> Bank(const std::vector<int16_t>& widths) {
  std::vector<In> inputs;
  inputs.push_back(Given<uint32_t>({1, 10, 100, 1000}));
  inputs.push_back(Constant<int16_t>({1, 2, 3, 4}));
  inputs.push_back(Constant<int16_t>({5, 6, 7, 8}));
  inputs.push_back(Constant<int16_t>({0, 1, 3}));
  inputs.push_back(Constant<int16_t>({0, 1, 3}));
  inputs.push_back(Constant<int16_t>(widths));
  return inputs;
}

TEST(SignalOps, ChannelsShareWhatTheirNeighbourLeaves) {
  const std::vector<In> inputs = Bank({1, 2, 1});
  const Entries options = {{"num_channels", {2}}};
  const OneNode node = Signal("SignalFilterBank", inputs, {Type::kUInt64}, options);
  // 5 * 1 + 2 * 10 + 3 * 100; 6 * 10 + 7 * 100 + 4 * 1000.
  EXPECT_THAT(Values<uint64_t>(Outputs(node, inputs)[0]), ElementsAreArray({325, 4760}));
  EXPECT_THAT(Signal("SignalFilterBank", Bank({1, 2, 2}), {Type::kUInt64}, options).Error(),
              HasSubstr("channel 2: 2 energies from 3 on"));
  EXPECT_THAT(Signal("SignalFilterBank", Bank({1, 2}), {Type::kUInt64}, options).Error(),
              HasSubstr("input 5: shape [2], wanted 3 numbers"));
}

TEST(SignalOps, RootsAreRounded) {
  for (const uint64_t x : {0ULL, 1ULL, 2ULL, 3ULL, 6ULL, 7ULL, 65535ULL * 65535, 1ULL << 40,
                           (1ULL << 50) + 12345, ~0ULL}) {
    const double root = std::round(std::sqrt(static_cast<double>(x)));
    EXPECT_NEAR(kernels::RootOf(x), std::min(root, 4294967295.0), 0) << x;
  }
  std::vector<In> inputs;
  inputs.push_back(Given<uint64_t>({100, 1 << 20}));
  inputs.push_back(Given<int32_t>({2}));
  const OneNode node = Signal("SignalFilterBankSquareRoot", inputs, {Type::kUInt32}, {{"x", {0}}});
  EXPECT_THAT(Values<uint32_t>(Outputs(node, inputs)[0]), ElementsAreArray({2, 256}));
  const Tensor bits = Of<int32_t>({1}, {32});
  EXPECT_THAT(node.Run({inputs[0].tensor.view(), bits.view()}).error().message,
              HasSubstr("input 1: a shift by 32"));
}

TEST(SignalOps, NoiseIsEstimatedFromRunToRun) {
  std::vector<In> inputs;
  inputs.push_back(Given<uint32_t>({1000, 1000}));
  const Entries options = {{"smoothing", {1 << 13}},
                           {"one_minus_smoothing", {1 << 13}},
                           {"alternate_smoothing", {1 << 12}},
                           {"alternate_one_minus_smoothing", {3 << 12}},
                           {"min_signal_remaining", {1 << 12}},
                           {"num_channels", {2}},
                           {"smoothing_bits", {4}},
                           {"spectral_subtraction_bits", {14}},
                           {"clamping", {0}}};
  const OneNode node = Signal("SignalFilterBankSpectralSubtraction", inputs,
                              {Type::kUInt32, Type::kUInt32}, options);
  const auto prepared = node.Prepare();
  ASSERT_TRUE(prepared) << prepared.error().message;
  ASSERT_EQ(prepared->kept_bytes, 8U);
  std::vector<uint32_t> kept(2);
  std::vector<uint32_t> left(2);
  std::vector<uint32_t> estimate(2);
  const std::byte* in = inputs[0].tensor.bytes().data();
  std::byte* out[] = {reinterpret_cast<std::byte*>(left.data()),
                      reinterpret_cast<std::byte*>(estimate.data())};
  const Buffers buffers{
      .inputs = {&in, 1}, .outputs = out, .kept = reinterpret_cast<std::byte*>(kept.data())};
  ASSERT_TRUE(prepared->run(buffers));
  EXPECT_THAT(estimate, ElementsAreArray({8000, 4000}));
  EXPECT_THAT(left, ElementsAreArray({500, 750}));
  ASSERT_TRUE(prepared->run(buffers));
  EXPECT_THAT(estimate, ElementsAreArray({12000, 7000}));
  EXPECT_THAT(left, ElementsAreArray({250, 562}));
  Entries three = options;
  three["num_channels"] = {3};
  EXPECT_THAT(
      Signal("SignalFilterBankSpectralSubtraction", inputs, {Type::kUInt32, Type::kUInt32}, three)
          .Error(),
      HasSubstr("num_channels 3 for an input of shape [2]"));
}

TEST(SignalOps, GainFollowsTheEstimateOfNoise) {
  std::vector<int16_t> gains(125);
  gains[1] = 64;
  // From 4 to 8 a line from 32 to 48: 16 times 2^5 for the whole octave of 2^10.
  gains[6] = 32;
  gains[7] = 16;
  std::vector<In> inputs;
  inputs.push_back(Given<uint32_t>({1 << 10, 1 << 14, 1 << 14, 1 << 14}));
  inputs.push_back(Given<uint32_t>({1, 1, 4, 6}));
  inputs.push_back(Constant<int16_t>(gains));
  const OneNode node = Signal("SignalPCAN", inputs, {Type::kUInt32}, {{"snr_shift", {6}}});
  EXPECT_THAT(Values<uint32_t>(Outputs(node, inputs)[0]), ElementsAreArray({1, 192, 64, 96}));
  std::vector<In> few;
  few.push_back(Given<uint32_t>({1}));
  few.push_back(Given<uint32_t>({1}));
  few.push_back(Constant<int16_t>({1, 2}));
  EXPECT_THAT(Signal("SignalPCAN", few, {Type::kUInt32}, {{"snr_shift", {6}}}).Error(),
              HasSubstr("125 gains"));
}

TEST(SignalOps, LogarithmsAreNatural) {
  const std::vector<uint32_t> x = {0, 1, 2, 10, 1000, 1 << 20, 500000000};
  std::vector<In> inputs;
  inputs.push_back(Given<uint32_t>(x));
  const OneNode node = Signal("SignalFilterBankLog", inputs, {Type::kInt16},
                              {{"input_correction_bits", {3}}, {"output_scale", {64}}});
  const auto y = Values<int16_t>(Outputs(node, inputs)[0]);
  EXPECT_EQ(y[0], 0);
  for (size_t i = 1; i < x.size(); ++i)
    EXPECT_NEAR(y[i], 64 * std::log(8.0 * static_cast<double>(x[i])), 1) << x[i];
}

}  // namespace
}  // namespace brink::ops
