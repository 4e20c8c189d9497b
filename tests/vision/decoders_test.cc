// Models of the kinds that a card can describe, on a real picture: what other models and people see
// in it is what is found.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "brink/base/file.h"
#include "brink/model/builder.h"
#include "brink/model/graph.h"
#include "brink/serving/model_loader.h"
#include "brink/serving/picture_pipeline.h"
#include "brink/vision/nms.h"

namespace brink {
namespace {

constexpr size_t kLongestFile = size_t{64} << 20;

std::string SharedFolder() {
  const char* named = std::getenv("BRINK_SHARED");
  return named != nullptr ? named : "../shared";
}

Result<serving::PictureAnswer> Look(std::shared_ptr<const model::Model> model,
                                    const std::string& card_text,
                                    std::span<const std::byte> picture) {
  BRINK_ASSIGN(const vision::Card card, vision::ParseCard(card_text, "test"));
  serving::LoadOptions options;
  options.plan.outputs = serving::OutputsToCompute(model->graphs[0], {}, card);
  BRINK_ASSIGN(const auto plan, engine::Plan::Build(std::move(model), options.plan));
  BRINK_ASSIGN(const auto session, engine::Session::Create(plan));
  return serving::RunPicture(*session, card, picture);
}

class Decoders : public testing::Test {
 protected:
  serving::PictureAnswer LookAt(const std::string& model_name, const std::string& card,
                                const std::string& picture = "astronaut.png") {
    const auto model = model::ReadModel(SharedFolder() + "/models/" + model_name + ".tflite");
    const auto bytes = ReadFile(SharedFolder() + "/images/" + picture, kLongestFile);
    EXPECT_TRUE(model.has_value() && bytes.has_value());
    auto answer = Look(*model, card, *bytes);
    EXPECT_TRUE(answer.has_value()) << answer.error().message;
    return std::move(answer).value();
  }
  void SetUp() override {
    if (!std::filesystem::exists(SharedFolder() + "/models")) {
      GTEST_SKIP() << SharedFolder() << "/models is not there";
    }
  }
};

// Where the mask model's authors find the face (golden/face_mask_detection/boxes.json).
constexpr vision::Box kFace = {.3557f, .1188f, .5442f, .3357f};

TEST_F(Decoders, BlazeFacesFindTheFace) {
  const std::string input = "input: {fit: letterbox, pad: 0, mean: 127.5, scale: 1/127.5}\n";
  const std::string two_maps = input +
                               "decoder: {type: blazeface, boxes: regressors, scores: "
                               "classificators, feature_maps: [16, 8], anchors: [2, 6]}\n";
  const std::string one_map = input +
                              "decoder: {type: blazeface, boxes: Identity, scores: Identity_1, "
                              "feature_maps: [48], anchors: [1]}\n";
  const std::vector<std::pair<std::string, std::string>> models = {
      {"mp_face_detection_short_range", two_maps},
      {"blazeface_front_old_f32", two_maps},
      {"blazeface_full_intq", two_maps},
      {"mp_face_detection_full_range_sparse", one_map}};
  for (const auto& [name, card] : models) {
    SCOPED_TRACE(name);
    const auto answer = LookAt(name, card);
    const auto& faces = std::get<std::vector<vision::Detection>>(answer.found);
    ASSERT_EQ(faces.size(), 1u);
    EXPECT_GT(faces[0].score, .85f);
    EXPECT_GT(vision::IntersectionOverUnion(faces[0].box, kFace), .6f);
  }
}

TEST_F(Decoders, AnSsdWithItsOwnPostProcessingFindsThePerson) {
  const auto answer =
      LookAt("ssd_mobilenet_v1_coco_u8",
             "input: {mean: 127.5, scale: 1/127.5}\ndecoder: {type: postprocess}\n");
  const auto& found = std::get<std::vector<vision::Detection>>(answer.found);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].label, "0");  // person
  EXPECT_GT(vision::IntersectionOverUnion(found[0].box, {0, 0, .8f, 1}), .85f);
}

TEST_F(Decoders, ASegmentationFindsThePersonAndHerPlaces) {
  const auto answer =
      LookAt("mp_selfie_segmentation", "labels: [person]\ndecoder: {type: segment}\n");
  const auto& segments = std::get<vision::Segmentation>(answer.found);
  EXPECT_EQ(segments.width, 256);
  EXPECT_EQ(segments.height, 256);
  ASSERT_EQ(segments.regions.size(), 1u);
  EXPECT_EQ(segments.regions[0].label, "person");
  const auto at = [&](int x, int y) { return segments.classes[static_cast<size_t>(y * 256 + x)]; };
  EXPECT_EQ(at(113, 60), 0) << "her face";
  EXPECT_EQ(at(10, 60), vision::Segmentation::kNothing) << "the flag behind her";
  const std::string json = json::Write(serving::ToJson(answer, "selfie"));
  EXPECT_NE(json.find("\"segmentation\""), std::string::npos);
}

// A model whose head is its picture: [1, 4, 4, 3] seen as [1, 6, 8], boxes and two classes of eight
// places.
model::ModelBuilder YoloModel() {
  model::ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 4, 4, 3});
  const int shape = b.Constant("shape", {3}, std::vector<int32_t>{1, 6, 8});
  b.Output(b.Op("RESHAPE", {x, shape}, {.name = "head", .shape = {1, 6, 8}}));
  return b;
}

TEST(Decoder, AYoloHeadIsReadFromTheModelsOnlyOutput) {
  vision::Image picture = vision::MakeImage(4, 4).value();
  const auto put = [&](int number, int place, float value) {
    picture.rgb[static_cast<size_t>(number * 8 + place)] =
        static_cast<uint8_t>(std::lround(value * 255));
  };
  const std::vector<float> place = {.4f, .6f, .2f, .4f, .1f, .8f};
  for (int k = 0; k < 6; ++k) put(k, 3, place[static_cast<size_t>(k)]);
  const auto png = vision::EncodePng(picture);
  ASSERT_TRUE(png.has_value());
  const auto model = model::ReadModel(YoloModel().Build(), "yolo");
  ASSERT_TRUE(model.has_value()) << model.error().message;
  const auto answer = Look(*model, "labels: [cat, dog]\ndecoder: {type: yolo, head: v8}\n",
                           std::as_bytes(std::span(*png)));
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  const auto& found = std::get<std::vector<vision::Detection>>(answer->found);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].label, "dog");
  EXPECT_NEAR(found[0].box[0], .3f, .01f);
  EXPECT_NEAR(found[0].box[3], .8f, .01f);
  const auto misfit = Look(*model, "labels: [cat]\ndecoder: {type: yolo, head: v8}\n",
                           std::as_bytes(std::span(*png)));
  ASSERT_FALSE(misfit.has_value());
  EXPECT_NE(misfit.error().message.find("[1, 5, places]"), std::string::npos);
}

}  // namespace
}  // namespace brink
