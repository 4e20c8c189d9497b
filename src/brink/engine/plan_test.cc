#include "brink/engine/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/engine/session.h"
#include "brink/engine/started_session.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Ops(const Plan& plan) {
  std::vector<std::string> ops;
  for (const StepInfo& step : plan.steps()) ops.emplace_back(step.op);
  return ops;
}

// Runs with one float input and returns the first output.
std::vector<float> RunPlan(const std::shared_ptr<const Plan>& plan, const std::vector<float>& x) {
  auto session = Session::Create(plan).value();
  std::copy(x.begin(), x.end(), session->input(0).as<float>().begin());
  EXPECT_TRUE(session->Run());
  const auto y = session->output(0).as<float>();
  return {y.begin(), y.end()};
}

int Relu(ModelBuilder& b, int x, const std::string& name, const Shape& shape) {
  return b.Op("RELU", {x}, {.name = name, .shape = {shape.dims().begin(), shape.dims().end()}});
}

int Add(ModelBuilder& b, int x, int z, const std::string& name, const Shape& shape) {
  return b.Op("ADD", {x, z}, {.name = name, .shape = {shape.dims().begin(), shape.dims().end()}},
              Options{});
}

TEST(PlanTest, NamesEveryMissingOperatorWithItsNodes) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  const int y = b.Op("NoSuchThing", {x}, {.name = "y", .shape = {2}});
  const int z = b.Op("CONCAT_EMBEDDINGS", {y}, {.name = "z", .shape = {2}});
  b.Output(b.Op("NoSuchThing", {z}, {.name = "w", .shape = {2}}));
  const auto plan = Build(b);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Code::kUnimplemented);
  EXPECT_EQ(plan.error().message,
            "operators that brink lacks: CONCAT_EMBEDDINGS (1 node: 1 'z'); "
            "CUSTOM:NoSuchThing (2 nodes: 0 'y', 2 'w')");
}

TEST(PlanTest, AVersionBeyondWhatBrinkKnowsIsMissingToo) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  b.Output(Relu(b, x, "y", {2}));
  b.model().graphs[0].nodes[0].version = 99;
  EXPECT_THAT(Build(b).error().message, HasSubstr("RELU version 99 (1 node: 0 'y')"));
}

TEST(PlanTest, WhatTheRequestedOutputsDoNotNeedIsNotRun) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  b.Output(Relu(b, x, "used", {2}));
  b.Output(b.Op("NoSuchThing", {x}, {.name = "unused", .shape = {2}}));
  EXPECT_FALSE(Build(b));
  const auto plan = Build(b, {.outputs = {"used"}});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(Ops(**plan), ElementsAre("RELU"));
  EXPECT_EQ((*plan)->outputs()[0].name, "used");
}

TEST(PlanTest, AnyTensorMayBeAnOutput) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  const int c = b.Constant("c", {2}, std::vector<float>{1, 2});
  const int sum = Add(b, x, c, "sum", {2});
  b.Output(Relu(b, sum, "y", {2}));
  EXPECT_THAT(RunPlan(*Build(b), {-5, 5}), ElementsAre(0, 7));
  EXPECT_THAT(RunPlan(*Build(b, {.outputs = {"sum"}}), {-5, 5}), ElementsAre(-4, 7));
  EXPECT_THAT(RunPlan(*Build(b, {.outputs = {"sum", "y"}}), {-5, 5}), ElementsAre(-4, 7));
  EXPECT_THAT(RunPlan(*Build(b, {.outputs = {"y", "sum"}}), {-5, 5}), ElementsAre(0, 7));
  EXPECT_THAT(RunPlan(*Build(b, {.outputs = {"c"}}), {-5, 5}), ElementsAre(1, 2));
  EXPECT_THAT(RunPlan(*Build(b, {.outputs = {"x"}}), {-5, 5}), ElementsAre(-5, 5));
}

TEST(PlanTest, AnUnknownOutputIsRefusedWithTheNamesThatAreThere) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  b.Output(Relu(b, x, "y", {2}));
  const auto plan = Build(b, {.outputs = {"z"}});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Code::kNotFound);
  EXPECT_EQ(plan.error().message, "Tensor name not found: 'z', the model has 'y', 'x'");
}

TEST(PlanTest, ActivationsJoinTheOperatorBeforeThem) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  const int sum = Add(b, x, x, "sum", {2});
  b.Output(b.Op("RELU6", {sum}, {.name = "y", .shape = {2}}));
  EXPECT_THAT(Ops(**Build(b)), ElementsAre("ADD"));
  EXPECT_THAT(RunPlan(*Build(b), {-5, 5}), ElementsAre(0, 6));
  EXPECT_THAT(Ops(**Build(b, {.outputs = {"y", "sum"}})), ElementsAre("ADD", "RELU6"));
}

TEST(PlanTest, AnActivationDoesNotJoinWhatOthersReadToo) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  const int sum = Add(b, x, x, "sum", {2});
  const int relu = Relu(b, sum, "relu", {2});
  b.Output(Add(b, relu, sum, "y", {2}));
  EXPECT_THAT(Ops(**Build(b)), ElementsAre("ADD", "RELU", "ADD"));
  EXPECT_THAT(RunPlan(*Build(b), {-5, 5}), ElementsAre(-10, 20));
}

TEST(PlanTest, ConstantsAreComputedOnce) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  const int c = b.Constant("c", {2}, std::vector<float>{-1, 2});
  const int d = Add(b, c, c, "d", {2});
  const int e = Relu(b, d, "e", {2});
  b.Output(Add(b, x, e, "y", {2}));
  const auto plan = Build(b);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(Ops(**plan), ElementsAre("ADD"));
  EXPECT_EQ((*plan)->weights_bytes(), 8u);
  EXPECT_THAT(RunPlan(*plan, {1, 1}), ElementsAre(1, 5));
}

TEST(PlanTest, ReshapesCostNothing) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {4});
  const int s = b.Constant("s", {2}, std::vector<int32_t>{2, 2});
  b.Output(b.Op("RESHAPE", {x, s}, {.name = "y", .shape = {2, 2}}));
  const auto plan = Build(b);
  EXPECT_THAT(Ops(**plan), ElementsAre());
  EXPECT_EQ((*plan)->outputs()[0].shape, Shape({2, 2}));
  EXPECT_EQ((*plan)->arena_bytes(), 64u);
  EXPECT_THAT(RunPlan(*plan, {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
}

TEST(PlanTest, PartsOfAConcatenationAreComputedInPlace) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 2});
  const int p = Add(b, x, x, "p", {1, 2});
  const int q = Add(b, p, x, "q", {1, 2});
  b.Output(b.Op("CONCATENATION", {p, q}, {.name = "y", .shape = {1, 4}}, Options{{0, 1}}));
  EXPECT_THAT(Ops(**Build(b)), ElementsAre("ADD", "ADD"));
  EXPECT_THAT(RunPlan(*Build(b), {1, 2}), ElementsAre(2, 4, 3, 6));
}

TEST(PlanTest, APartThatCannotLieInPlaceIsCopied) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 2});
  const int c = b.Constant("c", {1, 1}, std::vector<float>{9});
  const int p = Add(b, x, x, "p", {1, 2});
  b.Output(b.Op("CONCATENATION", {p, x, p, c}, {.name = "y", .shape = {1, 7}}, Options{{0, 1}}));
  EXPECT_THAT(Ops(**Build(b)), ElementsAre("ADD", "CONCATENATION"));
  EXPECT_THAT(RunPlan(*Build(b), {1, 2}), ElementsAre(2, 4, 1, 2, 2, 4, 9));
}

TEST(PlanTest, ElementwiseResultsReplaceTheirOperand) {
  ModelBuilder b;
  int x = b.Input("x", Type::kFloat32, {1000});
  for (int i = 0; i < 5; ++i)
    x = b.Op("LOGISTIC", {x}, {.name = "y" + std::to_string(i), .shape = {1000}});
  b.Output(x);
  EXPECT_EQ((*Build(b))->arena_bytes(), 4032u);
}

TEST(PlanTest, TooLargeAnArenaIsRefusedBeforeItIsAllocated) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1000});
  b.Output(b.Op("LOGISTIC", {x}, {.name = "y", .shape = {1000}}));
  const auto plan = Build(b, {.outputs = {"x", "y"}, .max_arena_bytes = 8000});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Code::kResourceExhausted);
  EXPECT_EQ(plan.error().message, "a session would need an arena of 8064 bytes, the limit is 8000");
}

TEST(PlanTest, AHugeTensorIsRefused) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1 << 20, 1});
  const int z = b.Input("z", Type::kFloat32, {1, 1 << 20});
  b.Output(Add(b, x, z, "y", {1 << 20, 1 << 20}));
  const auto plan = Build(b);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Code::kResourceExhausted);
  EXPECT_THAT(
      plan.error().message,
      HasSubstr("operator 0 (ADD 'y'): output 0: shape [1048576, 1048576] takes 4398046511104"));
}

TEST(PlanTest, InputsTakeOtherShapes) {
  ModelBuilder b;
  const int x = b.Add({.name = "x", .shape = {1, 2}, .shape_signature = {-1, 2}});
  b.model().graphs[0].inputs = {x};
  b.Output(Add(b, x, x, "y", {1, 2}));
  EXPECT_EQ((*Build(b))->inputs()[0].shape, Shape({1, 2}));
  EXPECT_EQ((*Build(b))->inputs()[0].shape_signature, Shape({-1, 2}));
  const auto plan = Build(b, {.input_shapes = {{"x", {3, 2}}}});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ((*plan)->outputs()[0].shape, Shape({3, 2}));
  EXPECT_THAT(RunPlan(*plan, {1, 2, 3, 4, 5, 6}), ElementsAre(2, 4, 6, 8, 10, 12));
  EXPECT_THAT(Build(b, {.input_shapes = {{"y", {3, 2}}}}).error().message,
              HasSubstr("'y' is no input"));
  EXPECT_THAT(Build(b, {.input_shapes = {{"x", {-1, 2}}}}).error().message,
              HasSubstr("not fully known"));
}

TEST(PlanTest, AGraphThatIsNotThereIsRefused) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  b.Output(Relu(b, x, "y", {2}));
  EXPECT_EQ(Build(b, {.graph = 1}).error().code, Code::kNotFound);
  EXPECT_EQ(Build(b, {.graph = -1}).error().code, Code::kNotFound);
}

TEST(SessionTest, AProfileHasOneTimeAStep) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  b.Output(b.Op("LOGISTIC", {Relu(b, x, "r", {2})}, {.name = "y", .shape = {2}}));
  auto session = Session::Create(*Build(b)).value();
  Profile profile;
  ASSERT_TRUE(session->Run(&profile));
  ASSERT_TRUE(session->Run(&profile));
  EXPECT_EQ(profile.runs, 2);
  EXPECT_EQ(profile.step_ms.size(), session->plan().steps().size());
}

}  // namespace
}  // namespace brink::engine
