// Graphs that run graphs, and what sessions keep between runs.
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

std::vector<float> RunWith(Session& session, const std::vector<float>& x) {
  std::ranges::copy(x, session.input(0).as<float>().begin());
  const Status status = session.Run();
  EXPECT_TRUE(status) << status.error().message;
  return Floats(session.output(0));
}

// A graph of one node: y = x OP x.
void AddGraph(ModelBuilder& b, const std::string& name, const std::string& op) {
  b.AddGraph(name);
  const int x = b.Input("x", Type::kFloat32, {2});
  b.Output(b.Op(op, {x, x}, {.name = "y", .shape = {2}}, Options{}));
}

TEST(ControlFlow, ACallIsInlinedAndKeepsTheNameOfTheOutput) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  const int twice = b.Op("CALL", {x}, {.name = "twice", .shape = {2}}, Options{{0, 1}});
  b.Output(b.Op("STABLEHLO_COMPOSITE", {twice}, {.name = "fourfold", .shape = {2}},
                Options{{0, "twice"}, {1, 1}}));
  AddGraph(b, "add", "ADD");
  const auto session = Start(b);
  EXPECT_EQ(session->plan().steps().size(), 2u);
  EXPECT_EQ(session->plan().outputs()[0].name, "fourfold");
  EXPECT_THAT(RunWith(*session, {1, -2}), ElementsAre(4, -8));
}

TEST(ControlFlow, GraphsThatCallThemselvesAreRefused) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  b.Output(b.Op("CALL", {x}, {.name = "y", .shape = {2}}, Options{{0, 0}}));
  EXPECT_THAT(Build(b).error().message, HasSubstr("more than 16 deep"));
}

TEST(ControlFlow, IfRunsTheGraphThatTheConditionChooses) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  const int condition = b.Input("condition", Type::kBool, {1});
  b.Output(b.Op("IF", {condition, x}, {.name = "y", .shape = {2}}, Options{{0, 1}, {1, 2}}));
  AddGraph(b, "then", "ADD");
  AddGraph(b, "else", "MUL");
  const auto session = Start(b);
  session->input(1).as<bool>()[0] = true;
  EXPECT_THAT(RunWith(*session, {3, 5}), ElementsAre(6, 10));
  session->input(1).as<bool>()[0] = false;
  EXPECT_THAT(RunWith(*session, {3, 5}), ElementsAre(9, 25));
}

// Adds `step` to x while the flag is set; the body clears the flag if `ends`.
ModelBuilder Loop(bool ends) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  const int go = b.Constant<uint8_t>("go", {1}, {1});
  b.graph().tensors[static_cast<size_t>(go)].type = Type::kBool;
  const int step = b.Constant<float>("step", {2}, {10, 20});
  const int y = b.Tensor("y", Type::kFloat32, {2});
  const int went = b.Tensor("went", Type::kBool, {1});
  const int kept = b.Tensor("kept", Type::kFloat32, {2});
  b.Node("WHILE", {x, go, step}, {y, went, kept}, Options{{0, 1}, {1, 2}});
  b.Output(y);
  b.Output(kept);
  b.AddGraph("condition");
  b.Input("x", Type::kFloat32, {2});
  b.Output(b.Input("go", Type::kBool, {1}));
  b.Input("step", Type::kFloat32, {2});
  b.AddGraph("body");
  const int inner = b.Input("x", Type::kFloat32, {2});
  const int going = b.Input("go", Type::kBool, {1});
  const int inner_step = b.Input("step", Type::kFloat32, {2});
  const int stop = b.Constant<uint8_t>("stop", {1}, {0});
  b.graph().tensors[static_cast<size_t>(stop)].type = Type::kBool;
  b.Output(b.Op("ADD", {inner, inner_step}, {.name = "sum", .shape = {2}}, Options{}));
  b.Output(ends ? stop : going);
  b.Output(inner_step);
  return b;
}

TEST(ControlFlow, WhileCarriesItsValuesFromTurnToTurn) {
  const auto session = Start(Loop(true));
  EXPECT_THAT(RunWith(*session, {1, 2}), ElementsAre(11, 22));
  EXPECT_THAT(Floats(session->output(1)), ElementsAre(10, 20));
}

// One turn exchanges x and y.
TEST(ControlFlow, WhatALoopCarriesMayChangePlaces) {
  ModelBuilder b;
  const auto flag = [&](uint8_t value) {
    const int tensor = b.Constant<uint8_t>("flag", {1}, {value});
    b.graph().tensors[static_cast<size_t>(tensor)].type = Type::kBool;
    return tensor;
  };
  const auto inputs = [&] {
    std::vector<int> all;
    for (const char* name : {"x", "y", "kept"}) all.push_back(b.Input(name, Type::kFloat32, {2}));
    return all;
  };
  std::vector<int> values = inputs();
  values.push_back(flag(1));
  std::vector<int> made;
  for (const char* name : {"x2", "y2", "kept2"})
    made.push_back(b.Tensor(name, Type::kFloat32, {2}));
  made.push_back(b.Tensor("went", Type::kBool, {1}));
  b.Node("WHILE", values, made, Options{{0, 1}, {1, 2}});
  for (size_t i = 0; i < 3; ++i) b.Output(made[i]);
  b.AddGraph("condition");
  inputs();
  b.Output(b.Input("go", Type::kBool, {1}));
  b.AddGraph("body");
  const std::vector<int> inner = inputs();
  b.Input("go", Type::kBool, {1});
  for (const size_t i : {1, 0, 2}) b.Output(inner[i]);
  b.Output(flag(0));
  const auto session = Start(b);
  for (int run = 0; run < 2; ++run) {
    std::ranges::copy(std::vector<float>{3, 4}, session->input(1).as<float>().begin());
    std::ranges::copy(std::vector<float>{5, 6}, session->input(2).as<float>().begin());
    EXPECT_THAT(RunWith(*session, {1, 2}), ElementsAre(3, 4));
    EXPECT_THAT(Floats(session->output(1)), ElementsAre(1, 2));
    EXPECT_THAT(Floats(session->output(2)), ElementsAre(5, 6));
  }
}

TEST(ControlFlow, AnEndlessLoopEndsByItsBudgetOrWhenCancelled) {
  const auto session = Start(Loop(false));
  EXPECT_EQ(session->Run(nullptr, {.loop_turns = 100}).error().code, Code::kResourceExhausted);
  const std::atomic<bool> cancelled = true;
  EXPECT_EQ(session->Run(nullptr, {.cancelled = &cancelled}).error().code, Code::kCancelled);
  const auto past = std::chrono::steady_clock::now();
  EXPECT_EQ(session->Run(nullptr, {.deadline = past}).error().code, Code::kDeadlineExceeded);
}

// Each run adds x to a variable that a graph sets to {100, 200} once.
ModelBuilder Accumulator() {
  ModelBuilder b;
  const Options options{{0, "box"}, {1, "sum"}};
  const int x = b.Input("x", Type::kFloat32, {2});
  b.Node("CALL_ONCE", {}, {}, Options{{0, 1}});
  const int handle = b.Op("VAR_HANDLE", {}, {.name = "h", .type = Type::kResource}, options);
  const int sum = b.Op("READ_VARIABLE", {handle}, {.name = "sum", .shape = {2}});
  const int next = b.Op("ADD", {sum, x}, {.name = "next", .shape = {2}}, Options{});
  b.Node("ASSIGN_VARIABLE", {handle, next}, {});
  b.Output(next);
  b.AddGraph("first");
  const int same = b.Op("VAR_HANDLE", {}, {.name = "h", .type = Type::kResource}, options);
  b.Node("ASSIGN_VARIABLE", {same, b.Constant<float>("start", {2}, {100, 200})}, {});
  return b;
}

TEST(State, VariablesLiveInTheSession) {
  const auto session = Start(Accumulator());
  EXPECT_TRUE(session->plan().has_state());
  EXPECT_THAT(RunWith(*session, {1, 2}), ElementsAre(101, 202));
  EXPECT_THAT(RunWith(*session, {1, 2}), ElementsAre(102, 204));
  const auto other = Start(Accumulator());
  EXPECT_THAT(RunWith(*other, {5, 5}), ElementsAre(105, 205));
  session->Reset();
  EXPECT_THAT(RunWith(*session, {1, 2}), ElementsAre(101, 202));
}

TEST(State, AVariableTensorBeginsWithZerosAndIsNotOverwritten) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {2});
  const int state = b.Variable("state", Type::kFloat32, {2});
  b.Output(b.Op("ADD", {state, x}, {.name = "y", .shape = {2}}, Options{}));
  const auto session = Start(b);
  EXPECT_THAT(RunWith(*session, {3, 4}), ElementsAre(3, 4));
  EXPECT_THAT(RunWith(*session, {3, 4}), ElementsAre(3, 4));
}

}  // namespace
}  // namespace brink::engine
