#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <latch>
#include <thread>

#include "brink/model/builder.h"
#include "brink/serving/model_loader.h"
#include "brink/serving/model_predictor.h"

namespace brink::serving {
namespace {

using api::InferRequest;
using api::InferResponse;
using model::ModelBuilder;
using model::Options;
using testing::ElementsAre;
using testing::HasSubstr;

int AddBias(ModelBuilder& b, int x, const std::string& name, const std::vector<float>& bias) {
  const int constant = b.Constant(name + "_bias", {4}, bias);
  return b.Op("ADD", {x, constant}, {.name = name, .shape = {1, 4}}, Options{});
}

// y = x + [1, 2, 3, 4], z = x + [10, 20, 30, 40]
std::vector<std::byte> TwoOutputs() {
  ModelBuilder b;
  const int x = b.Input("x", Type::kFloat32, {1, 4});
  b.Output(AddBias(b, x, "y", {1, 2, 3, 4}));
  b.Output(AddBias(b, x, "z", {10, 20, 30, 40}));
  return b.Build();
}

// sum = a + b
std::vector<std::byte> TwoInputs() {
  ModelBuilder b;
  const int x = b.Input("a", Type::kFloat32, {1, 4});
  const int y = b.Input("b", Type::kFloat32, {1, 4});
  b.Output(b.Op("ADD", {x, y}, {.name = "sum", .shape = {1, 4}}, Options{}));
  return b.Build();
}

// y = x, as [4]
std::vector<std::byte> Int8Model() {
  ModelBuilder b;
  const Quantization quantization{.scale = {.5f}, .zero_point = {3}};
  const int x = b.Input("x", Type::kInt8, {1, 4}, quantization);
  const int shape = b.Constant("shape", {1}, std::vector<int32_t>{4});
  b.Output(b.Op("RESHAPE", {x, shape},
                {.name = "y", .type = Type::kInt8, .shape = {4}, .quantization = quantization},
                Options{}));
  return b.Build();
}

std::unique_ptr<ModelPredictor> Load(std::vector<std::byte> bytes,
                                     ModelPredictorOptions options = {},
                                     SessionPoolOptions pool = {}) {
  auto model = model::ReadModel(std::move(bytes), "test");
  EXPECT_TRUE(model) << model.error().message;
  auto loaded = LoadModel(*model, {.pool = pool});
  EXPECT_TRUE(loaded) << loaded.error().message;
  auto predictor = ModelPredictor::Create(loaded->pool, std::move(options));
  EXPECT_TRUE(predictor) << predictor.error().message;
  return *std::move(predictor);
}

template <class T>
api::NamedTensor Named(std::string name, const Shape& shape, const std::vector<T>& values) {
  return {std::move(name), Tensor::Of<T>(shape, values)};
}

template <class... Items>
InferRequest Request(Items... items) {
  api::Tensors tensors;
  (tensors.items.push_back(std::move(items)), ...);
  return {.message = {.payload = std::move(tensors)}};
}

const api::Tensors& TensorsOf(const Result<InferResponse>& response) {
  static const api::Tensors kNone;
  EXPECT_TRUE(response) << response.error().message;
  return response ? std::get<api::Tensors>(response->message.payload) : kNone;
}

template <class T>
std::vector<T> ValuesOf(const api::NamedTensor& item) {
  return {item.tensor.as<T>().begin(), item.tensor.as<T>().end()};
}

std::string ErrorOf(const Result<InferResponse>& response, Code code = Code::kInvalidArgument) {
  EXPECT_FALSE(response);
  if (response) return "";
  EXPECT_EQ(response.error().code, code);
  return response.error().message;
}

TEST(ModelPredictor, AnswersEveryOutputOfThePlanByName) {
  const auto predictor = Load(TwoOutputs());
  const auto response =
      api::PredictAndWait(*predictor, Request(Named<float>("", {1, 4}, {1, 1, 1, 1})));
  const api::Tensors& answer = TensorsOf(response);
  ASSERT_EQ(answer.items.size(), 2u);
  EXPECT_EQ(answer.items[0].name, "y");
  EXPECT_THAT(ValuesOf<float>(answer.items[0]), ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(answer.items[1].name, "z");
  EXPECT_THAT(ValuesOf<float>(answer.items[1]), ElementsAre(11, 21, 31, 41));
}

TEST(ModelPredictor, AnswersOnlyTheOutputThatTheOptionsName) {
  const auto predictor = Load(TwoOutputs(), {.input_tensor_name = "x", .output_tensor_name = "z"});
  const auto response =
      api::PredictAndWait(*predictor, Request(Named<float>("", {1, 4}, {0, 0, 0, 0})));
  const api::Tensors& answer = TensorsOf(response);
  ASSERT_EQ(answer.items.size(), 1u);
  EXPECT_THAT(ValuesOf<float>(answer.items[0]), ElementsAre(10, 20, 30, 40));
}

TEST(ModelPredictor, RefusesTensorNamesThatTheModelLacks) {
  const auto model = model::ReadModel(TwoOutputs(), "test");
  const auto loaded = LoadModel(*model, {});
  const auto no_input = ModelPredictor::Create(loaded->pool, {.input_tensor_name = "nope"});
  ASSERT_FALSE(no_input);
  EXPECT_EQ(no_input.error().code, Code::kNotFound);
  EXPECT_EQ(no_input.error().message, "Tensor name not found: 'nope', the model has: x");
  const auto no_output = ModelPredictor::Create(loaded->pool, {.output_tensor_name = "nope"});
  ASSERT_FALSE(no_output);
  EXPECT_EQ(no_output.error().message, "Tensor name not found: 'nope', the model has: y, z");
  const auto not_planned = LoadModel(*model, {.plan = {.outputs = {"nope"}}});
  ASSERT_FALSE(not_planned);
  EXPECT_THAT(not_planned.error().message, HasSubstr("Tensor name not found"));
}

TEST(ModelPredictor, RunsTheRowsOfARequestOneAfterAnother) {
  const auto predictor = Load(TwoOutputs(), {.max_rows = 3});
  const auto response = api::PredictAndWait(
      *predictor, Request(Named<int64_t>("", {3, 4}, {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2})));
  const api::Tensors& answer = TensorsOf(response);
  ASSERT_EQ(answer.items.size(), 2u);
  EXPECT_EQ(answer.items[0].tensor.shape(), Shape({3, 4}));
  EXPECT_THAT(ValuesOf<float>(answer.items[0]), ElementsAre(1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6));
  EXPECT_THAT(ValuesOf<float>(answer.items[1]),
              ElementsAre(10, 20, 30, 40, 11, 21, 31, 41, 12, 22, 32, 42));
  const auto one = api::PredictAndWait(*predictor, Request(Named<float>("", {1, 4}, {1, 1, 1, 1})));
  EXPECT_EQ(TensorsOf(one).items[0].tensor.shape(), Shape({1, 4}));
  EXPECT_EQ(ErrorOf(api::PredictAndWait(*predictor,
                                        Request(Named<float>("", {4, 4}, std::vector<float>(16))))),
            "input 'x': shape [4, 4], model wants [1, 4], or up to 3 of its rows");
  EXPECT_THAT(ErrorOf(api::PredictAndWait(*predictor, Request(Named<float>("", {0, 4}, {})))),
              HasSubstr("shape [0, 4]"));
}

TEST(ModelPredictor, WantsAsManyRowsForEveryInput) {
  const auto predictor = Load(TwoInputs(), {.max_rows = 2});
  const std::vector<float> two = {1, 2, 3, 4, 5, 6, 7, 8};
  const auto response = api::PredictAndWait(
      *predictor, Request(Named<float>("a", {2, 4}, two), Named<float>("b", {2, 4}, two)));
  EXPECT_THAT(ValuesOf<float>(TensorsOf(response).items[0]),
              ElementsAre(2, 4, 6, 8, 10, 12, 14, 16));
  EXPECT_EQ(
      ErrorOf(api::PredictAndWait(*predictor, Request(Named<float>("a", {2, 4}, two),
                                                      Named<float>("b", {1, 4}, {1, 2, 3, 4})))),
      "input 'b' has 1 rows, the one before it 2");
}

TEST(ModelPredictor, RefusesRowsWhereTheModelHasNone) {
  const auto model = model::ReadModel(Int8Model(), "test");
  const auto loaded = LoadModel(*model, {});
  const auto refused = ModelPredictor::Create(loaded->pool, {.max_rows = 2});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(refused.error().message,
            "max_batch_size: output 'y' has shape [4], which does not begin with 1; want 1");
}

TEST(ModelPredictor, SaysWhichShapeItWantsAndWhichItGot) {
  const auto predictor = Load(TwoOutputs());
  EXPECT_EQ(ErrorOf(api::PredictAndWait(*predictor, Request(Named<float>("", {1, 2}, {1, 2})))),
            "input 'x': shape [1, 2], model wants [1, 4]");
  EXPECT_EQ(ErrorOf(api::PredictAndWait(
                *predictor, Request(Named<float>("x", {2, 4}, {1, 2, 3, 4, 5, 6, 7, 8})))),
            "input 'x': shape [2, 4], model wants [1, 4]");
  EXPECT_EQ(ErrorOf(api::PredictAndWait(*predictor, Request(Named<float>("", {4}, {1, 2, 3, 4})))),
            "input 'x': shape [4], model wants [1, 4]");
  const auto response =
      api::PredictAndWait(*predictor, Request(Named<float>("", {1, 4}, {1, 1, 1, 1})));
  EXPECT_EQ(TensorsOf(response).items.size(), 2u);
}

TEST(ModelPredictor, ConvertsNumbersToTheTypeOfTheInput) {
  const auto predictor = Load(TwoOutputs(), {.output_tensor_name = "y"});
  const auto doubles =
      api::PredictAndWait(*predictor, Request(Named<double>("", {1, 4}, {.5, .5, .5, .5})));
  EXPECT_THAT(ValuesOf<float>(TensorsOf(doubles).items.at(0)), ElementsAre(1.5, 2.5, 3.5, 4.5));
  const auto integers =
      api::PredictAndWait(*predictor, Request(Named<int64_t>("", {1, 4}, {1, 2, 3, 4})));
  EXPECT_THAT(ValuesOf<float>(TensorsOf(integers).items.at(0)), ElementsAre(2, 4, 6, 8));
  json::Array row{1, 2.5, "3", 4};
  InferRequest list{.message = {.payload = json::Value(json::Array{json::Value(std::move(row))})}};
  const auto json = api::PredictAndWait(*predictor, std::move(list));
  EXPECT_THAT(ValuesOf<float>(TensorsOf(json).items.at(0)), ElementsAre(2, 4.5, 6, 8));
  InferRequest flat{.message = {.payload = json::Value(json::Array{1, 2, 3})}};
  EXPECT_EQ(ErrorOf(api::PredictAndWait(*predictor, std::move(flat))),
            "input 'x': shape [3], model wants [1, 4]");
}

TEST(ModelPredictor, AnIntegerInputTakesWholeNumbersInItsRange) {
  const auto predictor = Load(Int8Model());
  const auto stored =
      api::PredictAndWait(*predictor, Request(Named<double>("", {1, 4}, {-128, 0, 1, 127})));
  const api::NamedTensor& answer = TensorsOf(stored).items.at(0);
  EXPECT_EQ(answer.tensor.type(), Type::kInt8);
  EXPECT_EQ(answer.tensor.shape(), Shape({4}));
  EXPECT_THAT(ValuesOf<int8_t>(answer), ElementsAre(-128, 0, 1, 127));
  for (const double wrong : {128., .5}) {
    EXPECT_THAT(ErrorOf(api::PredictAndWait(*predictor,
                                            Request(Named<double>("", {1, 4}, {0, 0, wrong, 0})))),
                HasSubstr("input 'x': "));
  }
}

TEST(ModelPredictor, MatchesSeveralInputsByName) {
  const auto predictor = Load(TwoInputs());
  const auto a = [] { return Named<float>("a", {1, 4}, {1, 2, 3, 4}); };
  const auto b = [] { return Named<float>("b", {1, 4}, {10, 20, 30, 40}); };
  const auto sum = api::PredictAndWait(*predictor, Request(b(), a()));
  EXPECT_THAT(ValuesOf<float>(TensorsOf(sum).items.at(0)), ElementsAre(11, 22, 33, 44));
  EXPECT_EQ(ErrorOf(api::PredictAndWait(*predictor, Request(a()))),
            "the request has 1 tensors, the model wants 2: a, b");
  EXPECT_EQ(ErrorOf(api::PredictAndWait(*predictor, Request(a(), a()))),
            "input 'a' is given twice");
  EXPECT_EQ(ErrorOf(api::PredictAndWait(*predictor,
                                        Request(a(), Named<float>("c", {1, 4}, {1, 2, 3, 4})))),
            "no input 'c': the model's inputs are a, b");
  EXPECT_EQ(ErrorOf(api::PredictAndWait(*predictor,
                                        Request(a(), Named<float>("", {1, 4}, {1, 2, 3, 4})))),
            "a tensor without a name: the model's inputs are a, b");
  InferRequest json{.message = {.payload = json::Value(json::Array{1, 2, 3, 4})}};
  EXPECT_EQ(ErrorOf(api::PredictAndWait(*predictor, std::move(json))),
            "the model wants 2 named tensors: a, b");
}

TEST(ModelPredictor, RefusesPayloadsThatAreNoTensor) {
  const auto predictor = Load(TwoOutputs());
  ErrorOf(api::PredictAndWait(*predictor, {}));
  ErrorOf(api::PredictAndWait(*predictor, {.message = {.payload = api::Text{"four"}}}));
  ErrorOf(api::PredictAndWait(*predictor, {.message = {.payload = api::Bytes{"four"}}}));
  ErrorOf(api::PredictAndWait(*predictor, Request()));
}

TEST(ModelPredictor, AnswersOtherMethodsAsAComponentWithoutThem) {
  const auto predictor = Load(TwoOutputs());
  const auto passed = api::PredictAndWait(
      *predictor,
      {.method = api::Method::kTransformInput, .message = {.payload = api::Text{"through"}}});
  ASSERT_TRUE(passed);
  EXPECT_EQ(std::get<api::Text>(passed->message.payload).text, "through");
  ErrorOf(api::PredictAndWait(*predictor, {.method = api::Method::kRoute}), Code::kUnimplemented);
}

TEST(ModelPredictor, DescribesTheModel) {
  const auto predictor =
      Load(TwoOutputs(), {.output_tensor_name = "z", .name = "adder", .versions = {"2"}});
  const api::ModelDescription description = predictor->Describe();
  EXPECT_EQ(description.name, "adder");
  EXPECT_THAT(description.versions, ElementsAre("2"));
  ASSERT_EQ(description.inputs.size(), 1u);
  EXPECT_EQ(description.inputs[0].name, "x");
  EXPECT_EQ(description.inputs[0].shape, Shape({1, 4}));
  ASSERT_EQ(description.outputs.size(), 1u);
  EXPECT_EQ(description.outputs[0].name, "z");
}

TEST(ModelPredictor, EightThreadsEachGetTheAnswersToTheirInputs) {
  const auto predictor =
      Load(TwoOutputs(), {.output_tensor_name = "y"}, {.sessions = 3, .max_queue = 64});
  EXPECT_EQ(predictor->pool().sessions(), 3);
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> clients;
  clients.reserve(8);
  for (int t = 0; t < 8; ++t) {
    clients.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto n = static_cast<float>(t * 1000 + i);
        const auto response =
            api::PredictAndWait(*predictor, Request(Named<float>("", {1, 4}, {n, n, n, n})));
        if (!response || ValuesOf<float>(TensorsOf(response).items.at(0)) !=
                             std::vector<float>{n + 1, n + 2, n + 3, n + 4}) {
          ++wrong;
        }
      }
    });
  }
  clients.clear();
  EXPECT_EQ(wrong, 0);
  // An answer is there before its job has ended.
  while (predictor->pool().stats().running > 0) std::this_thread::yield();
  EXPECT_EQ(predictor->pool().stats().completed, 1600u);
}

TEST(SessionPool, RunsAQuickModelOnTheCallersThreadWhereASessionIsFree) {
  const auto model = model::ReadModel(TwoOutputs(), "test");
  const auto loaded =
      LoadModel(*model, {.pool = {.sessions = 1, .quick_run = std::chrono::minutes(1)}});
  const std::thread::id here = std::this_thread::get_id();
  std::promise<std::thread::id> inner;
  std::thread::id outer;
  ASSERT_TRUE(loaded->pool->SubmitQuick([&](const Result<engine::Session*>&) {
    outer = std::this_thread::get_id();
    EXPECT_TRUE(loaded->pool->SubmitQuick(
        [&](const Result<engine::Session*>&) { inner.set_value(std::this_thread::get_id()); }));
  }));
  EXPECT_EQ(outer, here);
  EXPECT_NE(inner.get_future().get(), here);
  while (loaded->pool->stats().running > 0) std::this_thread::yield();
  EXPECT_EQ(loaded->pool->stats().completed, 2u);
  loaded->pool->Stop(std::chrono::milliseconds(0));
  EXPECT_FALSE(loaded->pool->SubmitQuick([](const Result<engine::Session*>&) {}));
}

TEST(ModelPredictor, EightThreadsGetTheirAnswersFromAQuickModelToo) {
  const auto predictor =
      Load(TwoOutputs(), {.output_tensor_name = "y"},
           {.sessions = 2, .max_queue = 64, .quick_run = std::chrono::minutes(1)});
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> clients;
  clients.reserve(8);
  for (int t = 0; t < 8; ++t) {
    clients.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto n = static_cast<float>(t * 1000 + i);
        const auto response =
            api::PredictAndWait(*predictor, Request(Named<float>("", {1, 4}, {n, n, n, n})));
        const bool right = response && ValuesOf<float>(TensorsOf(response).items.at(0)) ==
                                           std::vector<float>{n + 1, n + 2, n + 3, n + 4};
        wrong += right ? 0 : 1;
      }
    });
  }
  clients.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(ModelPredictor, AFullQueueAndAStoppedPoolAreErrors) {
  const auto model = model::ReadModel(TwoOutputs(), "test");
  const auto loaded = LoadModel(*model, {.pool = {.sessions = 1, .max_queue = 0}});
  const auto predictor = *ModelPredictor::Create(loaded->pool, {});
  const auto request = [] { return Request(Named<float>("", {1, 4}, {1, 1, 1, 1})); };
  std::latch taken(2);
  std::promise<void> release;
  ASSERT_TRUE(loaded->pool->Submit([&](const Result<engine::Session*>&) {
    taken.arrive_and_wait();
    release.get_future().wait();
  }));
  taken.arrive_and_wait();
  EXPECT_THAT(ErrorOf(api::PredictAndWait(*predictor, request()), Code::kResourceExhausted),
              HasSubstr("too many requests"));
  release.set_value();
  loaded->pool->Stop(std::chrono::milliseconds{0});
  ErrorOf(api::PredictAndWait(*predictor, request()), Code::kUnavailable);
}

TEST(ModelPredictor, APassedDeadlineIsAnError) {
  const auto predictor = Load(TwoOutputs());
  api::Context context;
  context.deadline = std::chrono::steady_clock::now() - std::chrono::seconds{1};
  ErrorOf(api::PredictAndWait(*predictor, Request(Named<float>("", {1, 4}, {1, 1, 1, 1})), context),
          Code::kDeadlineExceeded);
}

TEST(LoadModel, ReadsAFileAndNamesItInErrors) {
  const std::string path = testing::TempDir() + "brink_model_loader_test.tflite";
  const std::vector<std::byte> bytes = TwoOutputs();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  const auto loaded = LoadModel(path, {.plan = {.outputs = {"z"}}, .pool = {.sessions = 2}});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->plan->outputs().size(), 1u);
  EXPECT_EQ(loaded->pool->sessions(), 2);
  std::remove(path.c_str());
  const auto gone = LoadModel(path, {});
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().message, HasSubstr(path));
}

TEST(SessionPool, RefusesToHaveNoSession) {
  const auto model = model::ReadModel(TwoOutputs(), "test");
  const auto loaded = LoadModel(*model, {.pool = {.sessions = 0}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace brink::serving
