#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "brink/base/base64.h"
#include "brink/base/memory_limit_testing.h"
#include "brink/model/builder.h"
#include "brink/serving/card_predictor.h"
#include "brink/serving/model_loader.h"
#include "brink/serving/model_predictor.h"

namespace brink::serving {
namespace {

using model::ModelBuilder;
using model::Options;
using testing::HasSubstr;

// "classes": the input's four grey levels as four scores; "boxes": the input as one anchor's
// offsets; "score": the input's mean as the one score of one class.
std::shared_ptr<const model::Model> FourPixels() {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 2, 2, 1});
  const int flat = b.Constant("flat", {2}, std::vector<int32_t>{1, 4});
  b.Output(b.Op("RESHAPE", {x, flat}, {.name = "classes", .shape = {1, 4}}, Options{}));
  const int anchor = b.Constant("anchor", {3}, std::vector<int32_t>{1, 1, 4});
  b.Output(b.Op("RESHAPE", {x, anchor}, {.name = "boxes", .shape = {1, 1, 4}}, Options{}));
  const Options pool = {
      {0, int8_t{1}}, {1, 1}, {2, 1}, {3, 2}, {4, 2}};  // VALID, strides 1, filter 2x2
  const int mean = b.Op("AVERAGE_POOL_2D", {x}, {.name = "mean", .shape = {1, 1, 1, 1}}, pool);
  const int cube = b.Constant("cube", {3}, std::vector<int32_t>{1, 1, 1});
  b.Output(b.Op("RESHAPE", {mean, cube}, {.name = "score", .shape = {1, 1, 1}}, Options{}));
  auto model = model::ReadModel(b.Build(), "four");
  EXPECT_TRUE(model.has_value()) << model.error().message;
  return *model;
}

constexpr std::string_view kClassify =
    "name: four\n"
    "input: {colour: grey}\n"
    "labels: [a, b, c, d]\n"
    "decoder: {type: classify, scores: classes, top: 2}\n";
constexpr std::string_view kSsd =
    "name: spot\n"
    "input: {colour: grey}\n"
    "labels: [spot]\n"
    "decoder: {type: ssd, boxes: boxes, scores: score, feature_maps: [1], sizes: [[0.5]], ratios: "
    "[1],\n"
    "          score_threshold: 0.1, variances: [0.5, 0.5, 1, 1]}\n";

Result<std::unique_ptr<CardPredictor>> TryLoad(std::string_view yaml, int sessions = 1,
                                               const std::string& output = "classes") {
  const auto model = FourPixels();
  BRINK_ASSIGN(vision::Card card, vision::ParseCard(yaml, "test"));
  LoadOptions options{.pool = {.sessions = sessions}};
  options.plan.outputs = OutputsToCompute(model->graphs[0], {"classes"}, card);
  BRINK_ASSIGN(const LoadedModel loaded, LoadModel(model, options));
  BRINK_ASSIGN(auto tensors,
               ModelPredictor::Create(loaded.pool, {.output_tensor_name = "classes", .name = "m"}));
  return CardPredictor::Create(loaded.pool, std::move(tensors), std::move(card), output);
}

std::unique_ptr<CardPredictor> Load(std::string_view yaml, int sessions = 1) {
  auto predictor = TryLoad(yaml, sessions);
  EXPECT_TRUE(predictor.has_value()) << predictor.error().message;
  return *std::move(predictor);
}

// Levels 51, 102, 204, 0: .2, .4, .8 and 0 of white.
std::string Picture() {
  vision::Image image{
      .width = 2, .height = 2, .rgb = {51, 51, 51, 102, 102, 102, 204, 204, 204, 0, 0, 0}};
  return vision::EncodePng(image).value();
}

Result<api::InferResponse> Ask(CardPredictor& predictor, api::Payload payload) {
  api::InferRequest request;
  request.message.payload = std::move(payload);
  return PredictAndWait(predictor, std::move(request));
}

json::Value JsonOf(const Result<api::InferResponse>& response) {
  EXPECT_TRUE(response.has_value()) << response.error().message;
  return response ? std::get<json::Value>(response->message.payload) : json::Value();
}

double NumberAt(const json::Value& value, std::string_view key) {
  return *value.Find(key)->get<double>();
}

TEST(CardPredictor, ClassifiesAPicture) {
  const auto predictor = Load(kClassify);
  const json::Value answer = JsonOf(Ask(*predictor, api::Bytes{Picture()}));
  const auto& classes = *answer.Find("classifications")->get<json::Array>();
  ASSERT_EQ(classes.size(), 2u);
  EXPECT_EQ(*classes[0].Find("label"), json::Value("c"));
  EXPECT_NEAR(NumberAt(classes[0], "score"), .8, 1e-5);
  EXPECT_EQ(*classes[1].Find("label"), json::Value("b"));
  EXPECT_EQ(*answer.Find("image"), json::Value(json::Object{{"width", 2}, {"height", 2}}));
  EXPECT_EQ(*answer.Find("model"), json::Value("four"));
  for (const char* stage : {"decode", "preprocess", "inference", "postprocess"}) {
    EXPECT_GE(NumberAt(*answer.Find("ms"), stage), 0) << stage;
  }
}

TEST(CardPredictor, MemoryThatRunsOutIsAnError) {
  if (!MemoryLimit::Works()) GTEST_SKIP() << "no limit of memory";
  const auto predictor = Load(kClassify);
  json::Value picture(json::Object{{"image", std::string(size_t{96} << 20, 'A')}});
  const MemoryLimit limit(size_t{8} << 20);
  const auto answer = Ask(*predictor, std::move(picture));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().message, "out of memory");
  JsonOf(Ask(*predictor, api::Bytes{Picture()}));
}

TEST(CardPredictor, DetectsInAPicture) {
  const auto predictor = Load(kSsd);
  const json::Value answer = JsonOf(Ask(*predictor, api::Bytes{Picture()}));
  const auto& detections = *answer.Find("detections")->get<json::Array>();
  ASSERT_EQ(detections.size(), 1u);
  EXPECT_EQ(*detections[0].Find("label"), json::Value("spot"));
  EXPECT_NEAR(NumberAt(detections[0], "score"), .35, 1e-5);
  // Centre .5 + offset * .5 * .5, size .5 * exp(offset).
  const std::vector<double> wanted = {.55 - .25 * std::exp(.8), .6 - .25, 1, .6 + .25};
  const auto& box = *detections[0].Find("box")->get<json::Array>();
  ASSERT_EQ(box.size(), 4u);
  EXPECT_NEAR(*box[0].get<double>(), std::max(wanted[0], 0.), 1e-5);
  EXPECT_NEAR(*box[1].get<double>(), wanted[1], 1e-5);
  EXPECT_NEAR(*box[2].get<double>(), wanted[2], 1e-5);
  EXPECT_NEAR(*box[3].get<double>(), wanted[3], 1e-5);
}

TEST(CardPredictor, TakesBase64InJson) {
  const auto predictor = Load(kClassify);
  for (const std::string prefix : {"", "data:image/png;base64,"}) {
    const json::Value asked = json::Object{{"image", prefix + base64::Encode(Picture())}};
    EXPECT_NE(JsonOf(Ask(*predictor, asked)).Find("classifications"), nullptr);
  }
  EXPECT_THAT(Ask(*predictor, json::Value(json::Object{{"image", "?"}})).error().message,
              HasSubstr("jsonData.image: "));
  EXPECT_EQ(Ask(*predictor, json::Value(json::Object{{"image", 3}})).error().message,
            "jsonData.image: expected base64 text of a JPEG or PNG picture");
  EXPECT_THAT(Ask(*predictor, json::Value(json::Object{{"image", "data:"}})).error().message,
              HasSubstr("got nothing (0 bytes)"));
}

TEST(CardPredictor, PassesTensorsToTheModel) {
  const auto predictor = Load(kSsd);
  api::Tensors tensors;
  tensors.items.push_back({"x", Tensor::Of<float>({1, 2, 2, 1}, std::vector<float>{1, 2, 3, 4})});
  const auto response = Ask(*predictor, std::move(tensors));
  ASSERT_TRUE(response.has_value()) << response.error().message;
  const auto& items = std::get<api::Tensors>(response->message.payload).items;
  ASSERT_EQ(items.size(), 1u) << "the decoder's own outputs are not answered";
  EXPECT_EQ(items[0].name, "classes");
  EXPECT_THAT(items[0].tensor.as<float>(), testing::ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(predictor->Describe().outputs.size(), 1u);
  EXPECT_TRUE(predictor->Ready().has_value());
}

TEST(CardPredictor, WithoutADecoderItAnswersTheNamedOutput) {
  const auto predictor = Load("input: {colour: grey}\n");
  const auto response = Ask(*predictor, api::Bytes{Picture()});
  ASSERT_TRUE(response.has_value()) << response.error().message;
  const auto& items = std::get<api::Tensors>(response->message.payload).items;
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].name, "classes");
  EXPECT_NEAR(items[0].tensor.as<float>()[2], .8, 1e-5);
}

TEST(CardPredictor, WithoutADecoderAndANameItAnswersAllOutputs) {
  const auto predictor = TryLoad("input: {colour: grey}\n", 1, "").value();
  const auto response = Ask(*predictor, api::Bytes{Picture()});
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(std::get<api::Tensors>(response->message.payload).items.size(), 1u);
}

TEST(CardPredictor, ABrokenPictureIsTheClientsErrorAndTheNextOneWorks) {
  const auto predictor = Load(kClassify);
  const auto broken = Ask(*predictor, api::Bytes{Picture().substr(0, 40)});
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().code, Code::kInvalidArgument);
  EXPECT_THAT(broken.error().message, HasSubstr("broken PNG"));
  EXPECT_TRUE(Ask(*predictor, api::Bytes{Picture()}).has_value());
}

TEST(CardPredictor, ManyThreadsEachGetTheirOwnPicturesAnswer) {
  const auto predictor = Load(kClassify, 3);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> clients;
  for (size_t client = 0; client < 8; ++client) {
    clients.emplace_back([&, client] {
      vision::Image image{.width = 2, .height = 2, .rgb = std::vector<uint8_t>(12, 0)};
      for (size_t k = 0; k < 3; ++k)
        image.rgb[client % 4 * 3 + k] = static_cast<uint8_t>(25 * client + 51);
      const std::string picture = vision::EncodePng(image).value();
      for (int round = 0; round < 50; ++round) {
        const json::Value answer = JsonOf(Ask(*predictor, api::Bytes{picture}));
        const json::Value& best = answer.Find("classifications")->get<json::Array>()->front();
        const std::string label(1, static_cast<char>('a' + client % 4));
        const double score = (25. * static_cast<double>(client) + 51) / 255;
        if (*best.Find("label") != json::Value(label) ||
            std::abs(NumberAt(best, "score") - score) > 1e-5)
          ++wrong;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
}

TEST(CardPredictor, ACardThatDoesNotFitTheModelIsRefusedAtOnce) {
  EXPECT_THAT(
      TryLoad("name: c\ninput: {colour: rgb}\n").error().message,
      HasSubstr(
          "card 'c': a picture does not fit the input tensor: the card gives [1, any, any, 3], the "
          "tensor is FLOAT32 [1, 2, 2, 1]"));
  EXPECT_THAT(TryLoad("name: c\ninput: {colour: grey, tensor: y}\n").error().message,
              HasSubstr("card 'c': the card's input.tensor 'y' is not there, the model has: x"));
  EXPECT_THAT(
      TryLoad("input: {colour: grey}\nlabels: [a]\ndecoder: {type: classify, scores: classes}\n")
          .error()
          .message,
      HasSubstr("the card's labels want [1, 1], the tensor is [1, 4]"));
  EXPECT_FALSE(
      TryLoad("input: {colour: grey}\ndecoder: {type: classify, scores: none}\n").has_value());
}

TEST(OutputsToCompute, AddsWhatTheDecoderReadsToWhatTheUserNamed) {
  const auto model = FourPixels();
  const vision::Card card = vision::ParseCard(kSsd, "test").value();
  using testing::ElementsAre;
  EXPECT_THAT(OutputsToCompute(model->graphs[0], {"score"}, card), ElementsAre("score", "boxes"));
  EXPECT_THAT(OutputsToCompute(model->graphs[0], {}, card),
              ElementsAre("classes", "boxes", "score"));
  EXPECT_THAT(OutputsToCompute(model->graphs[0], {"mean"}, vision::Card{}), ElementsAre("mean"));
}

}  // namespace
}  // namespace brink::serving
