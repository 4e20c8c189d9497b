#include "brink/model/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "brink/model/builder.h"
#include "brink/model/file_pages.h"
#include "brink/model/metadata_writer.h"
#include "brink/model/zip.h"

namespace brink::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ModelMetadata SampleMetadata() {
  ModelMetadata metadata{.name = "Sorter",
                         .description = "Sorts things.",
                         .version = "v2",
                         .author = "Someone",
                         .license = "Apache-2.0",
                         .min_parser_version = "1.0.0"};
  metadata.files = {{.name = "readme.txt", .type = FileType::kDescriptions}};
  metadata.inputs = {{.name = "image",
                      .description = "What is to be sorted.",
                      .content = {.kind = Content::Kind::kImage,
                                  .colour = Content::Colour::kRgb,
                                  .width = 32,
                                  .height = 24},
                      .normalisation = Normalisation{{1, 2, 3}, {4}},
                      .min = {0},
                      .max = {1}}};
  metadata.outputs = {
      {.name = "probability",
       .content = {.kind = Content::Kind::kFeature},
       .score_threshold = .25f,
       .is_calibrated = true,
       .files = {{.name = "calibration.txt", .type = FileType::kTensorAxisScoreCalibration},
                 {.name = "labels.txt",
                  .description = "What there is.",
                  .type = FileType::kTensorAxisLabels,
                  .locale = "en"},
                 {.name = "namen.txt", .type = FileType::kTensorAxisLabels, .locale = "de"}}},
      {.name = "location",
       .content = {.kind = Content::Kind::kBoundingBox,
                   .box = Content::Box::kBoundaries,
                   .box_order = {1, 0, 3, 2},
                   .box_in_pixels = true,
                   .dimensions = std::array<int32_t, 2>{2, 2}}}};
  return metadata;
}

ModelBuilder Builder(std::vector<std::byte> metadata) {
  ModelBuilder b;
  b.Output(b.Op("ABS", {b.Input("x", Type::kFloat32, {1, 2})}, {.name = "y", .shape = {1, 2}}));
  b.Metadata("min_runtime_version", BytesOf(std::vector<char>(16, '1')));
  if (!metadata.empty()) b.Metadata(std::string(kMetadataEntry), std::move(metadata));
  return b;
}

std::shared_ptr<const Model> Read(std::vector<std::byte> file) {
  auto model = ReadModel(std::move(file), "test");
  EXPECT_TRUE(model) << model.error().message;
  return *model;
}

// Looks at all that was read.
size_t Walk(const ModelMetadata& metadata) {
  size_t sum = metadata.name.size() + metadata.license.size() + metadata.files.size();
  for (const auto* tensors : {&metadata.inputs, &metadata.outputs}) {
    for (const TensorMetadata& tensor : *tensors) {
      sum += tensor.name.size() + ContentName(tensor.content.kind).size() + tensor.min.size();
      for (const AssociatedFile& file : tensor.files)
        sum += file.name.size() + FileTypeName(file.type).size();
    }
  }
  return sum;
}

TEST(ModelMetadata, IsReadAsItWasWritten) {
  const auto read = ReadModelMetadata(*Read(Builder(WriteModelMetadata(SampleMetadata())).Build()));
  ASSERT_TRUE(read && *read);
  const ModelMetadata& metadata = **read;
  EXPECT_EQ(metadata.name, "Sorter");
  EXPECT_EQ(metadata.description, "Sorts things.");
  EXPECT_EQ(metadata.version, "v2");
  EXPECT_EQ(metadata.author, "Someone");
  EXPECT_EQ(metadata.license, "Apache-2.0");
  EXPECT_EQ(metadata.min_parser_version, "1.0.0");
  ASSERT_EQ(metadata.files.size(), 1u);
  EXPECT_EQ(metadata.files[0].name, "readme.txt");
  ASSERT_EQ(metadata.inputs.size(), 1u);
  const TensorMetadata& image = metadata.inputs[0];
  EXPECT_EQ(image.name, "image");
  EXPECT_EQ(image.description, "What is to be sorted.");
  EXPECT_EQ(image.content.kind, Content::Kind::kImage);
  EXPECT_EQ(image.content.colour, Content::Colour::kRgb);
  EXPECT_EQ(image.content.width, 32u);
  EXPECT_EQ(image.content.height, 24u);
  EXPECT_THAT(image.normalisation->mean, ElementsAre(1, 2, 3));
  EXPECT_THAT(image.normalisation->deviation, ElementsAre(4));
  EXPECT_THAT(image.min, ElementsAre(0));
  EXPECT_THAT(image.max, ElementsAre(1));
  EXPECT_FALSE(image.score_threshold);
  EXPECT_EQ(image.FileOf(FileType::kTensorAxisLabels), nullptr);
}

TEST(ModelMetadata, OutputsHaveFilesThresholdsAndBoxes) {
  const ModelMetadata metadata = ParseModelMetadata(WriteModelMetadata(SampleMetadata())).value();
  ASSERT_EQ(metadata.outputs.size(), 2u);
  const TensorMetadata& scores = metadata.outputs[0];
  EXPECT_EQ(scores.content.kind, Content::Kind::kFeature);
  EXPECT_EQ(scores.score_threshold, .25f);
  EXPECT_TRUE(scores.is_calibrated);
  const AssociatedFile* labels = scores.FileOf(FileType::kTensorAxisLabels);
  ASSERT_NE(labels, nullptr);
  EXPECT_EQ(labels->name, "labels.txt");
  EXPECT_EQ(labels->description, "What there is.");
  EXPECT_EQ(labels->locale, "en");
  EXPECT_EQ(FileTypeName(labels->type), "TENSOR_AXIS_LABELS");
  const Content& boxes = metadata.outputs[1].content;
  EXPECT_EQ(boxes.kind, Content::Kind::kBoundingBox);
  EXPECT_EQ(boxes.box, Content::Box::kBoundaries);
  EXPECT_THAT(boxes.box_order, ElementsAre(1, 0, 3, 2));
  EXPECT_TRUE(boxes.box_in_pixels);
  EXPECT_EQ(boxes.dimensions, (std::array<int32_t, 2>{2, 2}));
}

TEST(ModelMetadata, AModelWithoutHasNone) {
  const auto read = ReadModelMetadata(*Read(Builder({}).Build()));
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
}

TEST(ModelMetadata, AModelWhoseMetadataIsBrokenIsReadAllTheSame) {
  const auto no_metadata =
      ReadModelMetadata(*Read(Builder(BytesOf(std::vector<char>{'n', 'o', 'n', 'e'})).Build()));
  ASSERT_FALSE(no_metadata);
  EXPECT_EQ(no_metadata.error().message,
            "metadata TFLITE_METADATA: bytes 4 to 7 are '', expected 'M001'");
  auto bytes = WriteModelMetadata(SampleMetadata());
  bytes.resize(bytes.size() / 2);
  const auto half = ReadModelMetadata(*Read(Builder(bytes).Build()));
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().code, Code::kDataLoss);
}

TEST(ModelMetadata, WhatItSaysInTypesOfLaterVersionsIsUnknown) {
  ModelMetadata metadata = SampleMetadata();
  metadata.outputs[0].files[0].type = static_cast<FileType>(77);
  metadata.inputs[0].content.colour = static_cast<Content::Colour>(-3);
  const auto read = ParseModelMetadata(WriteModelMetadata(metadata)).value();
  EXPECT_EQ(read.outputs[0].files[0].type, FileType::kUnknown);
  EXPECT_EQ(read.inputs[0].content.colour, Content::Colour::kUnknown);
}

TEST(ModelMetadata, TextThatIsNotUtf8IsRefused) {
  ModelMetadata metadata = SampleMetadata();
  metadata.author = "\xff";
  const auto read = ParseModelMetadata(WriteModelMetadata(metadata));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("is not UTF-8 text"));
}

TEST(ModelMetadata, ItsBytesMayLieAnywhere) {
  const auto bytes = WriteModelMetadata(SampleMetadata());
  for (size_t shift = 1; shift < 8; ++shift) {
    std::vector<std::byte> shifted(shift);
    shifted.insert(shifted.end(), bytes.begin(), bytes.end());
    EXPECT_TRUE(ParseModelMetadata(std::span(shifted).subspan(shift)));
  }
}

TEST(ModelMetadata, TruncatedBytesAreRefused) {
  const auto bytes = WriteModelMetadata(SampleMetadata());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::byte> cut(bytes.begin(),
                                     bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto read = ParseModelMetadata(cut);
    EXPECT_TRUE(size >= bytes.size() / 2 || !read) << size;
    if (read) Walk(*read);  // what was cut off was padding
  }
}

TEST(ModelMetadata, FlippedBytesNeverReadOutside) {
  const auto bytes = WriteModelMetadata(SampleMetadata());
  std::mt19937 random(3);
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {0x01, 0x10, 0x80, 0xff}) {
      auto flipped = bytes;
      flipped[at] ^= static_cast<std::byte>(flip);
      flipped[random() % bytes.size()] ^= static_cast<std::byte>(random() & 1);
      if (const auto read = ParseModelMetadata(flipped)) Walk(*read);
    }
  }
}

TEST(AssociatedFile, IsReadFromTheArchiveBehindTheModel) {
  const std::vector<ZipContent> files = {{.name = "labels.txt", .content = "cat\ndog\n"}};
  const auto file = AppendZip(Builder({}).Build(), files);
  const auto model = Read(file);
  EXPECT_EQ(FileBytes(*model).size(), file.size());
  EXPECT_EQ(ReadAssociatedFile(*model, "labels.txt", 100).value(), "cat\ndog\n");
  EXPECT_EQ(ReadAssociatedFile(*model, "labels.txt", 3).error().code, Code::kResourceExhausted);
  const auto absent = ReadAssociatedFile(*model, "nope.txt", 100);
  EXPECT_EQ(absent.error().code, Code::kNotFound);
  EXPECT_EQ(absent.error().message, "'nope.txt' is not in an archive behind the model");
}

TEST(AssociatedFile, AModelThatIsAlreadyPutTogetherHasNoFile) {
  const Model model;
  EXPECT_TRUE(FileBytes(model).empty());
  EXPECT_EQ(ReadAssociatedFile(model, "labels.txt", 100).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace brink::model
