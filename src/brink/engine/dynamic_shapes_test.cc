// Shapes that only a run knows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/engine/floats_testing.h"
#include "brink/engine/session.h"
#include "brink/engine/started_session.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;
using testing::HasSubstr;

template <class T>
void Fill(Session& session, int input, const std::vector<T>& values) {
  std::ranges::copy(values, session.input(input).as<T>().begin());
}

// y = relu(reshape(x, shape)) + x of 6 elements, where `shape` is an input.
ModelBuilder ReshapeAtRunTime() {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {6});
  const int shape = b.Input("shape", Type::kInt32, {2});
  const int rows = b.Op("RESHAPE", {x, shape}, {.name = "rows", .shape = {1, 1}}, Options{});
  const int relu = b.Op("RELU", {rows}, {.name = "relu", .shape = {1, 1}});
  b.Output(b.Op("ADD", {relu, rows}, {.name = "y", .shape = {1, 1}}, Options{}));
  return b;
}

TEST(DynamicShapes, AnOutputHasTheShapeThatItsRunFinds) {
  const auto session = Start(ReshapeAtRunTime());
  EXPECT_TRUE(session->plan().outputs()[0].is_dynamic);
  for (int run = 0; run < 3; ++run) {
    for (const std::vector<int32_t>& shape :
         std::vector<std::vector<int32_t>>{{2, 3}, {3, -1}, {6, 1}, {1, 6}, {2, 3}}) {
      Fill<float>(*session, 0, {-1, 2, -3, 4, -5, 6});
      Fill<int32_t>(*session, 1, shape);
      const Status status = session->Run();
      ASSERT_TRUE(status) << status.error().message;
      EXPECT_EQ(session->output(0).shape[0], shape[0]);
      EXPECT_THAT(Floats(session->output(0)), ElementsAre(-1, 4, -3, 8, -5, 12));
    }
  }
}

TEST(DynamicShapes, WhatDoesNotFitIsAnErrorOfTheRunThatNamesTheOperator) {
  const auto session = Start(ReshapeAtRunTime());
  Fill<int32_t>(*session, 1, {4, 2});
  const Status status = session->Run();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            "operator 0 (RESHAPE 'rows'): input 0 of shape [6] does not make a shape of [4, 2]");
  Fill<int32_t>(*session, 1, {3, 2});
  EXPECT_TRUE(session->Run());
}

TEST(DynamicShapes, TheirMemoryHasACap) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1});
  const int padding = b.Input("padding", Type::kInt32, {1, 2});
  b.Output(b.Op("PAD", {x, padding}, {.name = "y", .shape = {1}}, Options{}));
  const auto session = Start(b, {.max_arena_bytes = 1 << 20});
  Fill<float>(*session, 0, {7});
  Fill<int32_t>(*session, 1, {1, 2});
  ASSERT_TRUE(session->Run());
  EXPECT_THAT(Floats(session->output(0)), ElementsAre(0, 7, 0, 0));
  Fill<int32_t>(*session, 1, {1 << 20, 0});
  const Status status = session->Run();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kResourceExhausted);
  EXPECT_THAT(status.error().message, HasSubstr("operator 0 (PAD 'y'): shape [1048577] takes"));
}

TEST(DynamicShapes, StringsGoThroughAReshape) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kString, {2});
  const int shape = b.Constant<int32_t>("shape", {2}, {2, 1});
  b.Output(b.Op("RESHAPE", {x, shape}, {.name = "y", .type = Type::kString, .shape = {2, 1}},
                Options{}));
  const int word = b.Strings("word", {1}, {"constant"});
  b.Output(b.Op("RESHAPE", {word, b.Constant<int32_t>("scalar", {0}, {})},
                {.name = "z", .type = Type::kString}, Options{}));
  const auto session = Start(b);
  session->input(0).as<std::string>()[0] = "a text that is longer than what fits inline";
  session->input(0).as<std::string>()[1] = "b";
  ASSERT_TRUE(session->Run());
  const auto y = session->output(0);
  EXPECT_EQ(y.shape, Shape({2, 1}));
  EXPECT_THAT(std::vector<std::string>(y.as<std::string>().begin(), y.as<std::string>().end()),
              ElementsAre("a text that is longer than what fits inline", "b"));
  EXPECT_EQ(session->output(1).as<std::string>()[0], "constant");
}

}  // namespace
}  // namespace brink::engine
