#include "model_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/model/builder.h"
#include "brink/model/metadata.h"
#include "brink/model/metadata_writer.h"
#include "brink/model/zip.h"

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

std::shared_ptr<const model::Model> ModelThatSays(std::vector<std::byte> metadata) {
  model::ModelBuilder builder;
  builder.Output(builder.Op("ABS", {builder.Input("x", Type::kFloat32, {1, 2})},
                            {.name = "y", .shape = {1, 2}}));
  builder.Metadata(std::string(model::kMetadataEntry), std::move(metadata));
  const std::vector<model::ZipContent> files = {{.name = "labels.txt", .content = "cat\ndog\n"}};
  return model::ReadModel(model::AppendZip(builder.Build(), files), "says").value();
}

TEST(ModelReport, WhatAModelSaysOfItselfIsShown) {
  model::ModelMetadata metadata{.name = "Pets", .description = "Cats\x1b[31m and dogs."};
  metadata.inputs = {
      {.name = "image",
       .content = {.kind = model::Content::Kind::kImage, .colour = model::Content::Colour::kGrey},
       .normalisation = model::Normalisation{{1}, {2.5f}}}};
  metadata.outputs = {
      {.name = "probability",
       .score_threshold = .25f,
       .files = {{.name = "labels.txt", .type = model::FileType::kTensorAxisLabels},
                 {.name = "absent.txt", .type = model::FileType::kTensorAxisLabels}}}};
  const auto model = ModelThatSays(model::WriteModelMetadata(metadata));
  const ModelReport report{.path = "m", .model = *model, .plan = PlanSummary{1, 2}, .no_card = "x"};
  const std::string text = ReportText(report, false);
  EXPECT_THAT(text, HasSubstr("metadata     Pets\n  about      Cats?[31m and dogs.\n"));
  EXPECT_THAT(text, HasSubstr("input      image  image grey  mean 1, deviation 2.5\n"));
  EXPECT_THAT(text, HasSubstr("labels.txt  TENSOR_AXIS_LABELS  2 labels\n"));
  EXPECT_THAT(text, HasSubstr("absent.txt  TENSOR_AXIS_LABELS\n"));
  EXPECT_THAT(text, HasSubstr("archive    labels.txt  8 bytes\n"));
  EXPECT_THAT(text, HasSubstr("card         none\n  the metadata makes none: x\n"));
  const json::Value value = ReportJson(report);
  EXPECT_EQ(*value.Find("no_card"), json::Value("x"));
  const json::Value& said = *value.Find("model_metadata");
  EXPECT_EQ(*said.Find("name"), json::Value("Pets"));
  const json::Value& output = said.Find("outputs")->get<json::Array>()->at(0);
  EXPECT_EQ(*output.Find("score_threshold"), json::Value(.25));
  EXPECT_EQ(*output.Find("files")->get<json::Array>()->at(0).Find("labels"), json::Value(2));
  EXPECT_TRUE(output.Find("files")->get<json::Array>()->at(1).Find("labels")->is_null());
}

TEST(ModelReport, BrokenMetadataIsSaidToBe) {
  const auto model = ModelThatSays(model::BytesOf(std::vector<char>(12, 'x')));
  const ModelReport report{.path = "m", .model = *model, .plan = PlanSummary{1, 2}};
  EXPECT_THAT(ReportText(report, false), HasSubstr("expected 'M001'\n"));
  const json::Value value = ReportJson(report);
  EXPECT_THAT(*value.Find("model_metadata")->Find("error")->get<std::string>(), HasSubstr("M001"));
}

}  // namespace
}  // namespace brink::apps
