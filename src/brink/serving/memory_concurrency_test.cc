#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/base/memory_limit_testing.h"
#include "brink/model/builder.h"
#include "brink/serving/model_loader.h"
#include "brink/serving/model_predictor.h"

namespace brink::serving {
namespace {

// On a thread of the pool, which nobody else would catch it for.
TEST(ModelPredictor, MemoryThatRunsOutIsAnError) {
  if (!MemoryLimit::Works()) GTEST_SKIP() << "no limit of memory";
  model::ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 4});
  b.Output(b.Op("ADD", {x, x}, {.name = "y", .shape = {1, 4}}, model::Options{}));
  const auto loaded = LoadModel(model::ReadModel(b.Build(), "twice").value(), {});
  ASSERT_TRUE(loaded) << loaded.error().message;
  constexpr int64_t kRows = int64_t{1} << 22;
  const auto predictor = ModelPredictor::Create(loaded->pool, {.max_rows = kRows}).value();
  const auto ask = [&](int64_t rows) {
    Tensor tensor(Type::kInt8, {rows, 4});
    std::fill(tensor.bytes().begin(), tensor.bytes().end(), std::byte{1});
    api::Tensors tensors;
    tensors.items.push_back({"x", std::move(tensor)});
    const MemoryLimit limit(size_t{8} << 20);
    return PredictAndWait(*predictor, {.message = {.payload = std::move(tensors)}});
  };
  const auto many = ask(kRows);  // 64 MB as floats
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().message, "out of memory");
  const auto one = ask(1);
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_THAT(std::get<api::Tensors>(one->message.payload).items.at(0).tensor.as<float>(),
              testing::Each(2));
}

}  // namespace
}  // namespace brink::serving
