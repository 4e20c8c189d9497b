// The mask model on real pictures: what its authors' own decoder finds is what brink finds.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "brink/base/file.h"
#include "brink/base/json.h"
#include "brink/model/file_pages.h"
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

double NumberOf(const json::Value& value) {
  if (const auto* whole = value.get<int64_t>()) return static_cast<double>(*whole);
  return *value.get<double>();
}

vision::Box BoxOf(const json::Value& value) {
  vision::Box box{};
  const auto& edges = *value.get<json::Array>();
  for (size_t k = 0; k < box.size(); ++k) box[k] = static_cast<float>(NumberOf(edges.at(k)));
  return box;
}

void ExpectDetections(const json::Value& wanted, const std::vector<vision::Detection>& got) {
  const auto& list = *wanted.Find("detections")->get<json::Array>();
  ASSERT_EQ(got.size(), list.size());
  for (size_t k = 0; k < list.size(); ++k) {
    EXPECT_EQ(got[k].label, *list[k].Find("label")->get<std::string>());
    EXPECT_NEAR(got[k].score, NumberOf(*list[k].Find("score")), .02);
    EXPECT_GE(vision::IntersectionOverUnion(got[k].box, BoxOf(*list[k].Find("box"))), .9);
  }
}

TEST(FaceMask, FindsWhatTheAuthorsDecoderFinds) {
  const std::string shared = SharedFolder();
  const std::string model_path = shared + "/models/face_mask_detection.tflite";
  if (!std::filesystem::exists(model_path)) GTEST_SKIP() << model_path << " is not there";
  const auto model = model::ReadModel(model_path);
  ASSERT_TRUE(model.has_value()) << model.error().message;
  const auto card = vision::FindCard(model_path, model::Sha256Of(**model));
  ASSERT_TRUE(card.has_value()) << card.error().message;
  ASSERT_TRUE(card->has_value());
  // The user names one output; the boxes come from another.
  serving::LoadOptions options;
  options.plan.outputs =
      serving::OutputsToCompute((*model)->graphs[0], {"cls_branch_concat_1/concat"}, (*card)->card);
  const auto plan = engine::Plan::Build(*model, options.plan);
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  const auto session = engine::Session::Create(*plan);
  ASSERT_TRUE(session.has_value()) << session.error().message;

  const auto text = ReadTextFile(shared + "/golden/face_mask_detection/boxes.json", kLongestFile);
  ASSERT_TRUE(text.has_value()) << text.error().message;
  const json::Value boxes = json::Parse(*text).value();
  const auto& images = *boxes.Find("images")->get<json::Object>();
  ASSERT_FALSE(images.empty());
  for (const auto& [name, wanted] : images) {
    SCOPED_TRACE(name);
    const auto picture = ReadFile(shared + "/images/" + name, kLongestFile);
    ASSERT_TRUE(picture.has_value()) << picture.error().message;
    const auto answer = serving::RunPicture(**session, (*card)->card, *picture);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    const auto& size = *wanted.Find("size")->get<json::Array>();
    EXPECT_EQ(json::Value(answer->width), size[0]);
    EXPECT_EQ(json::Value(answer->height), size[1]);
    ExpectDetections(wanted, std::get<std::vector<vision::Detection>>(answer->found));
  }
}

}  // namespace
}  // namespace brink
