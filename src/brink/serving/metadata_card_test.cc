#include "brink/serving/metadata_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "brink/model/builder.h"
#include "brink/model/metadata.h"
#include "brink/model/metadata_writer.h"
#include "brink/model/zip.h"
#include "brink/serving/picture_pipeline.h"
#include "brink/vision/image.h"

namespace brink::serving {
namespace {

using model::Content;
using model::FileType;
using model::ModelBuilder;
using model::ModelMetadata;
using model::Normalisation;
using model::TensorMetadata;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// A classifier of 1 x 2 pixels: its scores are the six numbers of its input.
ModelBuilder SixScores(Type type = Type::kFloat32, const Quantization& quantization = {}) {
  ModelBuilder b;
  const int x = b.Input("x", type, {1, 1, 2, 3}, quantization);
  const int flat = b.Constant("flat", {2}, std::vector<int32_t>{1, 6});
  b.Output(b.Op("RESHAPE", {x, flat},
                {.name = "y", .type = type, .shape = {1, 6}, .quantization = quantization}));
  return b;
}

TensorMetadata Picture(std::vector<float> mean, std::vector<float> deviation) {
  return {.name = "image",
          .content = {.kind = Content::Kind::kImage, .colour = Content::Colour::kRgb},
          .normalisation = Normalisation{std::move(mean), std::move(deviation)}};
}

TensorMetadata Scores() {
  return {.name = "probability",
          .content = {.kind = Content::Kind::kFeature},
          .files = {{.name = "labels.txt", .type = FileType::kTensorAxisLabels}}};
}

ModelMetadata Classifier() {
  ModelMetadata metadata{.name = "Six"};
  metadata.inputs = {Picture({0}, {255})};
  metadata.outputs = {Scores()};
  return metadata;
}

std::shared_ptr<const model::Model> Read(ModelBuilder b, const ModelMetadata& metadata,
                                         const std::string& labels = "a\nb\nc\nd\ne\nf\n") {
  b.Metadata(std::string(model::kMetadataEntry), model::WriteModelMetadata(metadata));
  const std::vector<model::ZipContent> files = {
      {.name = "labels.txt", .content = labels, .deflated = true}};
  auto read = model::ReadModel(model::AppendZip(b.Build(), files), "test");
  EXPECT_TRUE(read) << read.error().message;
  return *read;
}

// Why the metadata makes no card.
std::string Why(const model::Model& model) {
  const auto card = MetadataCard(model, "file");
  return card ? "it makes one" : card.error().message;
}

vision::Card CardOf(const model::Model& model) {
  const auto card = MetadataCard(model, "file");
  EXPECT_TRUE(card) << card.error().message;
  return card.value().value();
}

// The classes of a picture of two pixels, best first.
std::vector<vision::Classification> Look(const std::shared_ptr<const model::Model>& model,
                                         const std::vector<uint8_t>& rgb) {
  const vision::Card card = CardOf(*model);
  const auto plan =
      engine::Plan::Build(model, {.outputs = OutputsToCompute(model->graphs[0], {}, card)});
  EXPECT_TRUE(plan) << plan.error().message;
  const auto session = engine::Session::Create(*plan);
  const auto png = vision::EncodePng({.width = 2, .height = 1, .rgb = rgb});
  const auto answer = RunPicture(**session, card, std::as_bytes(std::span(*png)));
  EXPECT_TRUE(answer) << answer.error().message;
  return std::get<std::vector<vision::Classification>>(answer->found);
}

TEST(MetadataCard, AClassifierAnswersItsLabels) {
  const auto classes = Look(Read(SixScores(), Classifier()), {0, 51, 0, 0, 0, 204});
  ASSERT_EQ(classes.size(), 5u);
  EXPECT_EQ(classes[0].label, "f");
  EXPECT_NEAR(classes[0].score, .8, 1e-5);
  EXPECT_EQ(classes[1].label, "b");
  EXPECT_NEAR(classes[1].score, .2, 1e-5);
}

TEST(MetadataCard, NormalisationIsTheCardsAChannelEach) {
  ModelMetadata metadata = Classifier();
  metadata.inputs = {Picture({1, 2, 3}, {2, 4, 8})};
  const vision::Card card = CardOf(*Read(SixScores(), metadata));
  EXPECT_EQ(card.name, "Six");
  EXPECT_EQ(card.input.width, 2);
  EXPECT_EQ(card.input.height, 1);
  EXPECT_EQ(card.input.colour, vision::ColourOrder::kRgb);
  EXPECT_THAT(card.input.mean, ElementsAre(1, 2, 3));
  EXPECT_THAT(card.input.scale, ElementsAre(.5f, .25f, .125f));
  EXPECT_EQ(std::get<vision::ClassifyDecoder>(card.decoder).scores, "y");
}

TEST(MetadataCard, AQuantisedInputIsNormalisedThenQuantised) {
  // (pixel - 127.5) / 127.5 in steps of 1/127.5 around 0: the pixel again, less a half.
  ModelMetadata metadata = Classifier();
  metadata.inputs = {Picture({127.5f}, {127.5f})};
  const auto model = Read(SixScores(Type::kInt8, {{1 / 127.5f}, {0}, 0}), metadata);
  const auto classes = Look(model, {0, 0, 0, 255, 128, 0});
  EXPECT_EQ(classes[0].label, "d");
  EXPECT_NEAR(classes[0].score, 127 / 127.5, 1e-5) << "127.5 rounded up, clamped to 127";
  EXPECT_EQ(classes[1].label, "e");
  EXPECT_NEAR(classes[1].score, 1 / 127.5, 1e-5);
}

TEST(MetadataCard, AnIntegerInputWithoutNormalisationTakesPixels) {
  ModelMetadata metadata = Classifier();
  metadata.inputs[0].normalisation.reset();
  const auto bytes =
      Look(Read(SixScores(Type::kUInt8, {{.5f}, {10}, 0}), metadata), {0, 0, 0, 200, 0, 0});
  EXPECT_EQ(bytes[0].label, "d");
  EXPECT_FLOAT_EQ(bytes[0].score, (200 - 10) * .5f);
  const auto signed_bytes =
      Look(Read(SixScores(Type::kInt8, {{.5f}, {10}, 0}), metadata), {0, 0, 0, 200, 0, 0});
  EXPECT_FLOAT_EQ(signed_bytes[0].score, (200 - 128 - 10) * .5f);
  const vision::Card plain =
      CardOf(*Read(SixScores(Type::kUInt8),
                   ModelMetadata{.inputs = metadata.inputs, .outputs = {{.name = "pixels"}}}));
  EXPECT_THAT(plain.input.scale, ElementsAre(1, 1, 1));
  EXPECT_THAT(plain.input.mean, ElementsAre(0, 0, 0));
}

TEST(MetadataCard, PlaceholdersAreLabelsAndAnEmptyLineIsItsClass) {
  const auto card = CardOf(*Read(SixScores(), Classifier(), "???\r\nb\n\nd\x1b[31m\n\xc3\xa9\nf"));
  EXPECT_THAT(card.labels, ElementsAre("???", "b", "2", "d?[31m", "\xc3\xa9", "f"));
}

TEST(MetadataCard, GreyPicturesAreKnownByTheirChannel) {
  ModelBuilder b;
  b.Output(b.Op("ABS", {b.Input("x", Type::kFloat32, {1, 2, 2, 1})},
                {.name = "y", .shape = {1, 2, 2, 1}}));
  ModelMetadata metadata{.inputs = {Picture({0}, {1})}, .outputs = {{.name = "picture"}}};
  metadata.inputs[0].content.colour = Content::Colour::kUnknown;
  const vision::Card card = CardOf(*Read(std::move(b), metadata));
  EXPECT_EQ(card.input.colour, vision::ColourOrder::kGrey);
  EXPECT_EQ(card.name, "file");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(card.decoder))
      << "its output is no form that a decoder knows";
}

TEST(MetadataCard, WhatIsUnfitIsSaid) {
  const auto why = [](const auto& change, const std::string& labels = "a\nb\nc\nd\ne\nf\n") {
    ModelMetadata metadata = Classifier();
    change(metadata);
    return Why(*Read(SixScores(), metadata, labels));
  };
  EXPECT_THAT(why([](ModelMetadata& m) { m.inputs.clear(); }), HasSubstr("it describes 0"));
  EXPECT_THAT(why([](ModelMetadata& m) { m.inputs[0].content.kind = Content::Kind::kFeature; }),
              HasSubstr("its input is no picture but feature"));
  EXPECT_THAT(why([](ModelMetadata& m) { m.inputs[0].content.colour = Content::Colour::kGrey; }),
              HasSubstr("the tensor is FLOAT32 [1, 1, 2, 3]"));
  EXPECT_THAT(why([](ModelMetadata& m) { m.inputs[0].normalisation.reset(); }),
              HasSubstr("no normalisation is given"));
  EXPECT_THAT(why([](ModelMetadata& m) {
                m.inputs = {Picture({1, 2}, {1})};
              }),
              HasSubstr("2 means and 1 deviations, expected 1 or 3"));
  EXPECT_THAT(why([](ModelMetadata& m) {
                m.inputs = {Picture({0}, {1, 0, 1})};
              }),
              HasSubstr("a deviation is 0"));
  EXPECT_THAT(why([](ModelMetadata& m) { m.inputs = {Picture({kNaN}, {1})}; }),
              HasSubstr("is not a number"));
  EXPECT_THAT(why([](ModelMetadata& m) { m.outputs[0].files[0].name = "nope.txt"; }),
              HasSubstr("'nope.txt' is not in an archive"));
  EXPECT_THAT(why([](ModelMetadata&) {}, "a\nb\n"), HasSubstr("labels want [1, 2]"));
  EXPECT_THAT(why([](ModelMetadata&) {}, "a\n\xff\n"), HasSubstr("line 2 is not UTF-8"));
}

TEST(MetadataCard, APictureWhoseSizeIsFreeIsUnfit) {
  ModelBuilder b;
  b.Output(b.Op("ABS", {b.Input("x", Type::kFloat32, {1, -1, -1, 3})},
                {.name = "y", .shape = {1, 1, 1, 3}}));
  EXPECT_THAT(Why(*Read(std::move(b), Classifier())), HasSubstr("size free: [1, -1, -1, 3]"));
}

TEST(MetadataCard, AModelWithoutMetadataHasNone) {
  const auto model = model::ReadModel(SixScores().Build(), "test").value();
  EXPECT_FALSE(MetadataCard(*model, "file").value().has_value());
  const auto found = FindModelCard("nowhere.tflite", *model, "", "").value();
  EXPECT_FALSE(found.card.has_value());
  EXPECT_EQ(found.unfit, "");
}

// Four outputs of the declared shapes of a detector, in the order of `names`.
ModelBuilder Detector(const std::vector<std::string>& names) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 2, 2, 3});
  for (const std::string& name : names) {
    std::vector<int32_t> shape = {1, 3};
    if (name == "boxes") shape = {1, 3, 4};
    if (name == "count") shape = {1};
    b.Output(b.Op("Custom", {x}, {.name = name, .shape = shape}));
  }
  return b;
}

ModelMetadata DetectorMetadata() {
  ModelMetadata metadata;
  metadata.inputs = {Picture({127.5f}, {127.5f})};
  metadata.outputs = {{.name = "score", .score_threshold = .3f},
                      {.name = "location",
                       .content = {.kind = Content::Kind::kBoundingBox,
                                   .box = Content::Box::kBoundaries,
                                   .box_order = {1, 0, 3, 2}}},
                      {.name = "number of detections"},
                      {.name = "category",
                       .files = {{.name = "labels.txt", .type = FileType::kTensorValueLabels}}}};
  return metadata;
}

TEST(MetadataCard, ADetectorsOutputsAreToldApartByTheirNames) {
  const auto model = Read(Detector({"scores", "boxes", "count", "classes"}), DetectorMetadata());
  const vision::Card card = CardOf(*model);
  const auto& decoder = std::get<vision::PostProcessDecoder>(card.decoder);
  EXPECT_EQ(decoder.boxes, "boxes");
  EXPECT_EQ(decoder.classes, "classes");
  EXPECT_EQ(decoder.scores, "scores");
  EXPECT_EQ(decoder.count, "count");
  EXPECT_FLOAT_EQ(decoder.score_threshold, .3f);
  EXPECT_EQ(card.labels.size(), 6u);
}

TEST(MetadataCard, ADetectorWithOtherNamesHasTheOperatorsOrder) {
  ModelMetadata metadata = DetectorMetadata();
  metadata.outputs = {metadata.outputs[1], metadata.outputs[3], metadata.outputs[0],
                      metadata.outputs[2]};
  metadata.outputs[0].name = "locations";
  const auto model = Read(Detector({"boxes", "classes", "scores", "count"}), metadata);
  EXPECT_EQ(std::get<vision::PostProcessDecoder>(CardOf(*model).decoder).count, "count");
}

TEST(MetadataCard, TheDetectionOperatorsOutputsAreKnownByTheirPlaces) {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 2, 2, 3});
  std::vector<int> outputs;
  for (const char* name : {"d", "c", "b", "a"}) outputs.push_back(b.Add({.name = name}));
  b.Node("TFLite_Detection_PostProcess", {x}, outputs);
  for (const int place : {3, 2, 1, 0}) b.Output(outputs[static_cast<size_t>(place)]);
  const auto model = Read(std::move(b), DetectorMetadata());
  const auto decoder = std::get<vision::PostProcessDecoder>(CardOf(*model).decoder);
  EXPECT_EQ(decoder.boxes, "d");
  EXPECT_EQ(decoder.count, "a");
}

TEST(MetadataCard, BoxesOfAnotherFormAreUnfit) {
  ModelMetadata metadata = DetectorMetadata();
  const auto builder = Detector({"scores", "boxes", "count", "classes"});
  metadata.outputs[1].content.box_order = {0, 1, 2, 3};
  EXPECT_THAT(Why(*Read(builder, metadata)), HasSubstr("not top, left, bottom, right"));
  metadata = DetectorMetadata();
  metadata.outputs[1].content.box_in_pixels = true;
  EXPECT_THAT(Why(*Read(builder, metadata)), HasSubstr("relative to the picture"));
  metadata = DetectorMetadata();
  metadata.outputs[0].score_threshold = kNaN;
  EXPECT_THAT(Why(*Read(builder, metadata)), HasSubstr("threshold is not a number"));
  EXPECT_THAT(Why(*Read(Detector({"boxes", "boxes", "count", "classes"}), DetectorMetadata())),
              HasSubstr("names of their own"));
  EXPECT_THAT(Why(*Read(Detector({"boxes", "scores", "count", "classes"}), DetectorMetadata())),
              HasSubstr("boxes 'scores': expected [1, -1, 4]"));
}

TEST(FindModelCard, TakesTheMetadatasWhereNobodyWroteOne) {
  const auto model = Read(SixScores(), Classifier());
  const auto found = FindModelCard("nowhere/six.tflite", *model, "", "").value();
  ASSERT_TRUE(found.card.has_value());
  EXPECT_EQ(found.card->source, kMetadataSource);
  EXPECT_EQ(found.card->card.name, "Six");
  EXPECT_EQ(FindModelCard("nowhere/six.tflite", *model, "", "absent.yaml").error().code,
            Code::kNotFound);
}

TEST(FindModelCard, SaysWhyTheMetadataMakesNone) {
  const auto model = Read(SixScores(), ModelMetadata{.name = "Nothing"});
  const auto found = FindModelCard("nowhere/six.tflite", *model, "", "").value();
  EXPECT_FALSE(found.card.has_value());
  EXPECT_THAT(found.unfit, HasSubstr("a picture fills one input"));
}

TEST(DropUnfitMetadataCard, LeavesWhatFitsAndWhatSomebodyWrote) {
  const auto model = Read(SixScores(), Classifier());
  const auto plan = engine::Plan::Build(model).value();
  std::optional<vision::FoundCard> none;
  EXPECT_EQ(DropUnfitMetadataCard(none, *plan), "");
  std::optional<vision::FoundCard> card = FindModelCard("six", *model, "", "").value().card;
  EXPECT_EQ(DropUnfitMetadataCard(card, *plan), "");
  ASSERT_TRUE(card.has_value());
  card->card.input.width = 7;
  card->source = "a file";
  EXPECT_EQ(DropUnfitMetadataCard(card, *plan), "");
  ASSERT_TRUE(card.has_value());
  card->source = kMetadataSource;
  EXPECT_THAT(DropUnfitMetadataCard(card, *plan), HasSubstr("card 'Six': a picture does not fit"));
  EXPECT_FALSE(card.has_value());
}

}  // namespace
}  // namespace brink::serving
