#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "brink/base/base64.h"
#include "brink/model/builder.h"
#include "brink/serving/card_predictor.h"
#include "brink/serving/model_loader.h"
#include "brink/serving/model_predictor.h"

namespace brink::serving {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::HasSubstr;

// y = x as [1, 4]: the greys of a 2x2 picture are its scores; z = x + 1.
std::vector<std::byte> GreyModel() {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 2, 2, 1});
  const int shape = b.Constant("shape", {2}, std::vector<int32_t>{1, 4});
  const int y = b.Op("RESHAPE", {x, shape}, {.name = "y", .shape = {1, 4}}, Options{});
  const int one = b.Constant("one", {4}, std::vector<float>(4, 1));
  b.Output(y);
  b.Output(b.Op("ADD", {y, one}, {.name = "z", .shape = {1, 4}}, Options{}));
  return b.Build();
}

constexpr std::string_view kClassifier = R"(
input: {colour: grey}
labels: [a, b, c, d]
decoder: {type: classify, scores: y, top: 1}
)";

std::unique_ptr<CardPredictor> Load(std::string_view card_text, std::string output = "y") {
  const auto model = model::ReadModel(GreyModel(), "grey").value();
  auto loaded = LoadModel(model, {.pool = {.sessions = 2}});
  EXPECT_TRUE(loaded) << loaded.error().message;
  auto predictor = ModelPredictor::Create(loaded->pool, {.output_tensor_name = output});
  const auto card = vision::ParseCard(card_text, "grey");
  EXPECT_TRUE(card) << card.error().message;
  auto created = CardPredictor::Create(loaded->pool, *std::move(predictor), *card, output);
  EXPECT_TRUE(created) << created.error().message;
  return *std::move(created);
}

// A 2x2 picture that is white where `bright` says, in reading order.
std::string Picture(int bright) {
  vision::Image image{.width = 2, .height = 2, .rgb = std::vector<uint8_t>(12, 0)};
  for (int channel = 0; channel < 3; ++channel) image.rgb[bright * 3 + channel] = 255;
  return vision::EncodePng(image).value();
}

api::InferRequest Asking(api::Payload payload) {
  api::InferRequest request;
  request.message.payload = std::move(payload);
  return request;
}

std::string LabelOf(const Result<api::InferResponse>& response) {
  if (!response) return response.error().message;
  const auto* json = std::get_if<json::Value>(&response->message.payload);
  if (json == nullptr) return "no JSON";
  const auto& classes = *json->Find("classifications")->get<json::Array>();
  return *classes.at(0).Find("label")->get<std::string>();
}

TEST(CardPredictor, APictureIsAnsweredWithWhatTheDecoderFinds) {
  const auto predictor = Load(kClassifier);
  EXPECT_EQ(LabelOf(PredictAndWait(*predictor, Asking(api::Bytes{Picture(2)}))), "c");
  const json::Value json = json::Object{{"image", base64::Encode(Picture(1))}};
  EXPECT_EQ(LabelOf(PredictAndWait(*predictor, Asking(json))), "b");
}

TEST(CardPredictor, ATensorGoesToTheModel) {
  const auto predictor = Load(kClassifier, "z");
  api::Tensors tensors;
  const std::vector<float> values = {1, 2, 3, 4};
  tensors.items.push_back({"", Tensor::Of<float>({1, 2, 2, 1}, values)});
  const auto response = PredictAndWait(*predictor, Asking(std::move(tensors)));
  ASSERT_TRUE(response) << response.error().message;
  const auto& answer = std::get<api::Tensors>(response->message.payload);
  EXPECT_EQ(answer.items.at(0).name, "z");
  EXPECT_EQ(answer.items.at(0).tensor.as<float>()[0], 2);
  EXPECT_EQ(predictor->Describe().outputs.size(), 1u);
  EXPECT_TRUE(predictor->Ready());
}

TEST(CardPredictor, ACardWithoutADecoderAnswersTheNamedOutput) {
  const auto predictor = Load("input: {colour: grey}\n", "z");
  const auto response = PredictAndWait(*predictor, Asking(api::Bytes{Picture(0)}));
  ASSERT_TRUE(response) << response.error().message;
  const auto& answer = std::get<api::Tensors>(response->message.payload);
  ASSERT_EQ(answer.items.size(), 1u);
  EXPECT_EQ(answer.items[0].tensor.as<float>()[0], 2);
}

TEST(CardPredictor, WhatIsNoPictureIsRefused) {
  const auto predictor = Load(kClassifier);
  for (const std::string& bytes :
       {std::string(), std::string("GIF89a"), Picture(0).substr(0, 40)}) {
    const auto response = PredictAndWait(*predictor, Asking(api::Bytes{bytes}));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Code::kInvalidArgument) << response.error().message;
  }
  const json::Value json = json::Object{{"image", "?"}};
  EXPECT_THAT(LabelOf(PredictAndWait(*predictor, Asking(json))), HasSubstr("jsonData.image: "));
}

TEST(CardPredictor, PicturesAtOnceGetTheirOwnAnswers) {
  const auto predictor = Load(kClassifier);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      const std::string want(1, static_cast<char>('a' + thread));
      for (int round = 0; round < 20; ++round) {
        EXPECT_EQ(LabelOf(PredictAndWait(*predictor, Asking(api::Bytes{Picture(thread)}))), want);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace brink::serving
