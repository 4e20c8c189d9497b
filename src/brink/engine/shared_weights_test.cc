// Nodes that pack the same weights alike share one packing: the steps of an unrolled recurrent
// layer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "brink/engine/started_session.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;

constexpr int kWidth = 48;
constexpr int kSteps = 4;

std::vector<int8_t> SomeBytes(size_t count) {
  std::vector<int8_t> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<int8_t>(i * 31 % 201 - 100);
  return bytes;
}

std::vector<float> SomeFloats(size_t count) {
  std::vector<float> floats;
  for (const int8_t byte : SomeBytes(count)) floats.push_back(static_cast<float>(byte) / 1000);
  return floats;
}

enum class Weights { kFloats, kBytes };

int Matrix(ModelBuilder& b, Weights weights) {
  const auto count = static_cast<size_t>(kWidth * kWidth);
  return weights == Weights::kFloats
             ? b.Constant("w", {kWidth, kWidth}, SomeFloats(count))
             : b.Constant("w", {kWidth, kWidth}, SomeBytes(count), {{0.001F}, {0}, 0});
}

// Products one after another, by one matrix or each by a copy of it.
ModelBuilder Products(Weights weights, bool copies) {
  ModelBuilder b;
  int x = b.Input("x", Type::kFloat32, {1, kWidth});
  int matrix = Matrix(b, weights);
  for (int i = 0; i < kSteps; ++i) {
    if (copies && i > 0) matrix = Matrix(b, weights);
    x = b.Op("FULLY_CONNECTED", {x, matrix, model::kAbsent},
             {.name = "y" + std::to_string(i), .shape = {1, kWidth}});
  }
  b.Output(x);
  return b;
}

// The same of bytes; the outputs' scales are one, or one a product.
ModelBuilder QuantisedProducts(bool copies, bool same_scale) {
  ModelBuilder b;
  int x = b.Input("x", Type::kInt8, {1, kWidth}, {{0.02F}, {0}, 0});
  int matrix = Matrix(b, Weights::kBytes);
  for (int i = 0; i < kSteps; ++i) {
    if (copies && i > 0) matrix = Matrix(b, Weights::kBytes);
    const float scale = same_scale ? 0.02F : 0.02F + 0.001F * static_cast<float>(i);
    x = b.Op("FULLY_CONNECTED", {x, matrix, model::kAbsent},
             {.name = "y" + std::to_string(i),
              .type = Type::kInt8,
              .shape = {1, kWidth},
              .quantization = {{scale}, {0}, 0}});
  }
  b.Output(x);
  return b;
}

// Convolutions by one filter, of pictures of several sizes.
ModelBuilder Pyramid(bool copies) {
  ModelBuilder b;
  constexpr size_t kValues = size_t{16} * 9 * 16;
  const Shape filter_shape{16, 3, 3, 16};
  int filter = b.Constant("w", filter_shape, SomeFloats(kValues));
  int pictures = 0;
  for (const int side : {5, 12, 12, 40}) {
    const std::string name = std::to_string(pictures++);
    if (copies) filter = b.Constant("w", filter_shape, SomeFloats(kValues));
    const int x = b.Input("x" + name, Type::kFloat32, {1, side, side, 16});
    b.Output(b.Op("CONV_2D", {x, filter, model::kAbsent},
                  {.name = "y" + name, .shape = {1, side, side, 16}},
                  Options{{0, int8_t{0}}, {1, 1}, {2, 1}}));
  }
  return b;
}

std::string AnswersOf(const ModelBuilder& builder, const PlanOptions& options = {}) {
  const auto session = Start(builder, options);
  std::string answers;
  for (size_t i = 0; i < session->plan().inputs().size(); ++i) {
    TensorView input = session->input(static_cast<int>(i));
    if (input.type == Type::kInt8) {
      std::ranges::copy(SomeBytes(input.as<int8_t>().size()), input.as<int8_t>().begin());
    } else {
      std::ranges::copy(SomeFloats(input.as<float>().size()), input.as<float>().begin());
    }
  }
  EXPECT_TRUE(session->Run());
  for (size_t i = 0; i < session->plan().outputs().size(); ++i) {
    const auto bytes = session->output(static_cast<int>(i)).bytes;
    answers.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return answers;
}

size_t WeightsOf(const ModelBuilder& builder) { return Build(builder).value()->weights_bytes(); }

TEST(SharedWeights, TheSameProductsPackThemOnce) {
  for (const Weights weights : {Weights::kFloats, Weights::kBytes}) {
    EXPECT_EQ(WeightsOf(Products(weights, false)) * kSteps, WeightsOf(Products(weights, true)));
    EXPECT_EQ(AnswersOf(Products(weights, false)), AnswersOf(Products(weights, true)));
  }
}

TEST(SharedWeights, OfQuantisedProductsTheScalesHaveToBeTheSameToo) {
  EXPECT_EQ(WeightsOf(QuantisedProducts(false, true)) * kSteps,
            WeightsOf(QuantisedProducts(true, true)));
  EXPECT_EQ(WeightsOf(QuantisedProducts(false, false)), WeightsOf(QuantisedProducts(true, false)));
  for (const bool same_scale : {false, true}) {
    EXPECT_EQ(AnswersOf(QuantisedProducts(false, same_scale)),
              AnswersOf(QuantisedProducts(true, same_scale)));
  }
}

TEST(SharedWeights, OtherConvolutionsByTheSameFilterPackTheirOwn) {
  EXPECT_LT(WeightsOf(Pyramid(false)), WeightsOf(Pyramid(true)));
  EXPECT_EQ(AnswersOf(Pyramid(false)), AnswersOf(Pyramid(true)));
}

TEST(SharedWeights, AFileHoldsThemOnce) {
  const std::string folder = testing::TempDir() + "/shared_weights";
  std::filesystem::remove_all(folder);
  const PlanOptions options{
      .packed_folder = folder, .least_kept_bytes = 0, .model_sha256 = std::string(64, 'c')};
  const ModelBuilder products = Products(Weights::kFloats, false);
  const std::string wanted = AnswersOf(products);
  EXPECT_EQ(AnswersOf(products, options), wanted);
  EXPECT_EQ(AnswersOf(products, options), wanted);
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    EXPECT_LT(file.file_size(), 2 * WeightsOf(products)) << file.path();
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace brink::engine
