#include "model_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/model/builder.h"

namespace brink::apps {
namespace {

using testing::HasSubstr;
using testing::Not;

std::shared_ptr<const model::Model> SmallModel() {
  model::ModelBuilder builder;
  const int x = builder.Input("in\x1b[31m", Type::kFloat32, {1, 4});
  const int w = builder.Constant("w", {2, 4}, std::vector<float>(8, .5f));
  builder.Output(
      builder.Op("FULLY_CONNECTED", {x, w, model::kAbsent}, {.name = "y", .shape = {1, 2}}));
  return model::ReadModel(builder.Build(), "small").value();
}

TEST(ModelReport, JsonHasEveryTensorAndOperator) {
  const auto model = SmallModel();
  const ModelReport report{
      .path = "small.tflite", .file_bytes = 100, .model = *model, .plan = PlanSummary{10, 20}};
  const json::Value value = ReportJson(report);
  const json::Value& graph = value.Find("graphs")->get<json::Array>()->at(0);
  EXPECT_EQ(graph.Find("tensors")->get<json::Array>()->size(), 3u);
  const json::Value& node = graph.Find("operators")->get<json::Array>()->at(0);
  EXPECT_EQ(*node.Find("operator"), json::Value("FULLY_CONNECTED"));
  EXPECT_EQ(*node.Find("inputs"), json::Value(json::Array{0, 1, -1}));
  EXPECT_EQ(*value.Find("plan")->Find("arena_bytes"), json::Value(10));
  EXPECT_TRUE(value.Find("card")->is_null());
}

TEST(ModelReport, TextIsShortUnlessEverythingIsAskedFor) {
  const auto model = SmallModel();
  const ModelReport report{
      .path = "small.tflite", .file_bytes = 100, .model = *model, .plan = PlanSummary{10, 20}};
  const std::string brief = ReportText(report, false);
  EXPECT_THAT(brief, HasSubstr("output     y  FLOAT32 [1, 2]\n"));
  EXPECT_THAT(brief, HasSubstr("operators  1 FULLY_CONNECTED\n"));
  EXPECT_THAT(brief, HasSubstr("arena 10 bytes"));
  EXPECT_THAT(brief, Not(HasSubstr("(0 1 -)")));
  EXPECT_THAT(brief, Not(HasSubstr("\x1b")));
  EXPECT_THAT(ReportText(report, true), HasSubstr("0  FULLY_CONNECTED v1  (0 1 -) -> (2)\n"));
}

TEST(ModelReport, WhyAModelDoesNotRunIsSaid) {
  const auto model = SmallModel();
  const ModelReport report{
      .path = "m", .model = *model, .plan = Fail(Code::kUnimplemented, "no X")};
  EXPECT_THAT(ReportText(report, false), HasSubstr("does not run here: no X\n"));
  EXPECT_EQ(*ReportJson(report).Find("plan")->Find("error"), json::Value("no X"));
}

}  // namespace
}  // namespace brink::apps
