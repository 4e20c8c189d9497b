// Operators that combine elements by a graph of the model, that choose among graphs, and tables
// that sessions keep. Numbers are LiteRT 2.3.0's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "brink/engine/session.h"
#include "brink/engine/started_session.h"
#include "brink/model/builder.h"

namespace brink::engine {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;
using testing::HasSubstr;
using Longs = std::vector<int64_t>;

template <class T>
std::vector<T> Values(const ConstTensorView& view) {
  return {view.as<T>().begin(), view.as<T>().end()};
}

// A graph that combines a and b by `op`; "": that gives b.
void AddBody(ModelBuilder& b, const std::string& op, Type type) {
  b.AddGraph("body");
  const int x = b.Input("a", type, {});
  const int y = b.Input("b", type, {});
  b.Output(op.empty() ? y : b.Op(op, {x, y}, {.name = "c", .type = type, .shape = {}}, Options{}));
}

ModelBuilder Scatter(const std::string& body, const Longs& window = {2, 3}, int32_t graph = 1) {
  ModelBuilder b;
  std::vector<int32_t> numbers(24);
  std::iota(numbers.begin(), numbers.end(), 0);
  const int x = b.Constant("x", {3, 4, 2}, numbers);
  const int at = b.Constant("at", {2, 3, 2}, Longs{0, 2, 1, 0, 2, 1, 0, 1, 1, 0, 0, 9});
  const int updates = b.Input("updates", Type::kInt32, {2, 3, 2, 2});
  b.Output(
      b.Op("STABLEHLO_SCATTER", {x, at, updates},
           {.name = "y", .type = Type::kInt32, .shape = {3, 4, 2}},
           Options{{1, window}, {2, Longs{0}}, {3, Longs{1, 0}}, {4, int64_t{2}}, {6, graph}}));
  AddBody(b, body, Type::kInt32);
  return b;
}

std::vector<int32_t> Scattered(const std::string& body) {
  const auto session = Start(Scatter(body));
  const auto updates = session->input(0).as<int32_t>();
  std::iota(updates.begin(), updates.end(), 1);
  const Status status = session->Run();
  EXPECT_TRUE(status) << status.error().message;
  return Values<int32_t>(session->output(0));
}

TEST(CombiningGraphs, ScatterCombinesUpdatesInAndLeavesOutWhatIsOutside) {
  EXPECT_THAT(Scattered("STABLEHLO_ADD"),
              ElementsAre(0, 1, 24, 27, 30, 33, 6, 7, 21, 23, 25, 27, 21, 23, 25, 27, 17, 19, 21,
                          23, 20, 21, 22, 23));
  EXPECT_THAT(Scattered("STABLEHLO_MULTIPLY"),
              ElementsAre(0, 1, 170, 324, 532, 800, 6, 7, 104, 126, 150, 176, 108, 130, 154, 180,
                          16, 34, 54, 76, 20, 21, 22, 23));
  EXPECT_THAT(Scattered("STABLEHLO_MINIMUM"), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 9,
                                                          10, 11, 12, 1, 2, 3, 4, 20, 21, 22, 23));
  EXPECT_THAT(Scattered(""), ElementsAre(0, 1, 17, 18, 19, 20, 6, 7, 13, 14, 15, 16, 9, 10, 11, 12,
                                         1, 2, 3, 4, 20, 21, 22, 23));
}

TEST(CombiningGraphs, OtherBodiesAndWindowsAreRefused) {
  EXPECT_THAT(Build(Scatter("SUB")).error().message, HasSubstr("graph 1 combines by SUB"));
  EXPECT_THAT(Build(Scatter("", {2, 3}, 9)).error().message, HasSubstr("graph 9 is not one"));
  EXPECT_THAT(Build(Scatter("", {2, 3}, -1)).error().message, HasSubstr("graph -1 is not one"));
  EXPECT_THAT(Build(Scatter("", {2, 4})).error().message,
              HasSubstr("update_window_dims: axis 4 of 4"));
  EXPECT_THAT(Build(Scatter("", {2})).error().message, HasSubstr("windows of 1 axes"));
  EXPECT_THAT(Build(Scatter("", {1, 2})).error().message, HasSubstr("updates of shape"));
}

ModelBuilder ReduceWindow(const std::string& body, const Longs& padding) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {3, 4});
  const int first = b.Constant("first", {}, std::vector<float>{0.5F});
  b.Output(b.Op("STABLEHLO_REDUCE_WINDOW", {x, first}, {.name = "y", .shape = {3, 3}},
                Options{{0, Longs{2, 2}},
                        {1, Longs{2, 1}},
                        {2, Longs{2, 1}},
                        {3, Longs{1, 2}},
                        {4, padding},
                        {5, 1}}));
  AddBody(b, body, Type::kFloat32);
  return b;
}

TEST(CombiningGraphs, WindowsSlideOverPaddedElementsSetApart) {
  for (const auto& [body, wanted] : std::vector<std::pair<std::string, std::vector<float>>>{
           {"STABLEHLO_ADD", {7.5, 5, 6, 15.5, 9, 10, 23.5, 13, 14}},
           {"MAXIMUM", {4, 3, 4, 8, 7, 8, 12, 11, 12}}}) {
    const auto session = Start(ReduceWindow(body, {1, 0, -1, 2}));
    const auto x = session->input(0).as<float>();
    std::iota(x.begin(), x.end(), 1.0F);
    ASSERT_TRUE(session->Run());
    EXPECT_EQ(Values<float>(session->output(0)), wanted) << body;
  }
  EXPECT_THAT(Build(ReduceWindow("", {1, 0, -1, 2})).error().message, HasSubstr("is not one"));
  EXPECT_THAT(Build(ReduceWindow("ADD", {1, 0})).error().message,
              HasSubstr("padding of 2 numbers, wanted 4"));
  EXPECT_THAT(Build(ReduceWindow("ADD", {INT64_MAX, 0, 0, 0})).error().message,
              HasSubstr("a padding of"));
}

TEST(CombiningGraphs, CaseRunsTheChosenGraphOrTheLast) {
  ModelBuilder b;
  const int index = b.Input("index", Type::kInt32, {});
  const int x = b.Input("x", Type::kFloat32, {2});
  b.Output(b.Op("STABLEHLO_CASE", {index, x}, {.name = "y", .shape = {2}},
                Options{{0, std::vector<int32_t>{1, 2, 1}}}));
  for (const char* op : {"NEG", "ABS"}) {
    b.AddGraph(op);
    const int inner = b.Input("x", Type::kFloat32, {2});
    b.Output(b.Op(op, {inner}, {.name = "y", .shape = {2}}, Options{}));
  }
  const auto session = Start(b);
  for (const auto& [number, wanted] : std::vector<std::pair<int32_t, std::vector<float>>>{
           {0, {-3, 4}}, {1, {3, 4}}, {2, {-3, 4}}, {7, {-3, 4}}, {-1, {-3, 4}}}) {
    session->input(0).as<int32_t>()[0] = number;
    session->input(1).as<float>()[0] = 3;
    session->input(1).as<float>()[1] = -4;
    ASSERT_TRUE(session->Run());
    EXPECT_EQ(Values<float>(session->output(0)), wanted) << number;
  }
}

ModelBuilder Table(Type key, Type value, bool imports = true) {
  ModelBuilder b;
  const bool numbers = key == Type::kInt64;
  const auto handle = [&] {
    const int table = b.Tensor("table", Type::kResource, {1});
    b.Node("HASHTABLE", {}, {table},
           Options{{0, 7}, {1, static_cast<int8_t>(key)}, {2, static_cast<int8_t>(value)}});
    return table;
  };
  if (imports) b.Node("CALL_ONCE", {}, {}, Options{{0, 1}});
  const int table = handle();
  const int x = b.Input("x", key, {3});
  const int otherwise =
      numbers ? b.Strings("none", {1}, {"?"}) : b.Constant("none", {1}, Longs{-1});
  b.Output(b.Op("HASHTABLE_FIND", {table, x, otherwise}, {.name = "y", .type = value, .shape = {3}},
                Options{}));
  b.Output(b.Op("HASHTABLE_SIZE", {table}, {.name = "n", .type = Type::kInt64, .shape = {1}},
                Options{}));
  b.AddGraph("init");
  const int inner = handle();
  const int keys = numbers ? b.Constant("keys", {2}, Longs{5, int64_t{1} << 40})
                           : b.Strings("keys", {2}, {"five", "many"});
  const int values =
      numbers ? b.Strings("values", {2}, {"five", "many"}) : b.Constant("values", {2}, Longs{5, 9});
  b.Node("HASHTABLE_IMPORT", {inner, keys, values}, {}, Options{});
  return b;
}

TEST(Tables, AreFilledOnceAndFoundByKey) {
  const auto session = Start(Table(Type::kString, Type::kInt64));
  for (int run = 0; run < 2; ++run) {
    const auto x = session->input(0).as<std::string>();
    x[0] = "many";
    x[1] = "none";
    x[2] = "five";
    const Status status = session->Run();
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_THAT(Values<int64_t>(session->output(0)), ElementsAre(9, -1, 5));
    EXPECT_THAT(Values<int64_t>(session->output(1)), ElementsAre(2));
  }
  const auto numbers = Start(Table(Type::kInt64, Type::kString));
  numbers->input(0).as<int64_t>()[0] = int64_t{1} << 40;
  numbers->input(0).as<int64_t>()[1] = 5;
  numbers->input(0).as<int64_t>()[2] = 6;
  const Status status = numbers->Run();
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_THAT(Values<std::string>(numbers->output(0)), ElementsAre("many", "five", "?"));
}

TEST(Tables, AreEmptyBeforeAndRefuseOtherTypes) {
  const auto session = Start(Table(Type::kString, Type::kInt64, false));
  ASSERT_TRUE(session->Run());
  EXPECT_THAT(Values<int64_t>(session->output(0)), ElementsAre(-1, -1, -1));
  EXPECT_THAT(Values<int64_t>(session->output(1)), ElementsAre(0));
  ModelBuilder b;
  const int table = b.Tensor("table", Type::kResource, {1});
  b.Node("HASHTABLE", {}, {table}, Options{{0, 7}, {1, int8_t{4}}, {2, int8_t{4}}});
  b.Output(b.Op("HASHTABLE_SIZE", {table}, {.name = "n", .type = Type::kInt64, .shape = {1}},
                Options{}));
  EXPECT_THAT(Build(b).error().message, HasSubstr("a table from INT64 to INT64"));
}

TEST(Tables, HandlesAreNoVariables) {
  ModelBuilder b;
  const int table = b.Tensor("table", Type::kResource, {1});
  b.Node("HASHTABLE", {}, {table}, Options{{0, 7}, {1, int8_t{4}}, {2, int8_t{5}}});
  b.Output(b.Op("READ_VARIABLE", {table}, {.name = "n", .shape = {1}}, Options{}));
  EXPECT_THAT(Build(b).error().message, HasSubstr("no variable is known for it"));
}

}  // namespace
}  // namespace brink::engine
