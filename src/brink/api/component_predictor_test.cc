#include "brink/api/component_predictor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "brink/api/ndarray.h"

namespace brink::api {
namespace {

InferResponse Ask(Component* component, InferRequest request, ComponentOptions options = {}) {
  ComponentPredictor predictor(std::unique_ptr<Component>(component), std::move(options));
  return PredictAndWait(predictor, std::move(request)).value();
}

Error AskForError(Component* component, InferRequest request) {
  ComponentPredictor predictor{std::unique_ptr<Component>(component)};
  return PredictAndWait(predictor, std::move(request)).error();
}

const Tensor& OnlyTensor(const InferResponse& response) {
  return std::get<Tensors>(response.message.payload).items.at(0).tensor;
}

TEST(ComponentPredictor, AnEmptyComponentHasSeldonsDefaults) {
  EXPECT_EQ(OnlyTensor(Ask(new Component, {})).shape(), (Shape{0}));
  InferRequest text{.method = Method::kTransformInput};
  text.message.payload = Text{"x"};
  EXPECT_EQ(std::get<Text>(Ask(new Component, std::move(text)).message.payload).text, "x");
  EXPECT_EQ(AskForError(new Component, {.method = Method::kRoute}).message,
            "route is not implemented");
  EXPECT_EQ(AskForError(new Component, {.method = Method::kAggregate}).code, Code::kUnimplemented);
  EXPECT_EQ(OnlyTensor(Ask(new Component, {.method = Method::kSendFeedback})).shape(), (Shape{0}));
}

struct Everything : Component {
  Result<Answer> Predict(Message) override {
    return Answer{.payload = *json::Parse("[[1,2]]"),
                  .tags = {{"a", "runtime"}, {"b", 2}},
                  .metrics = {{.key = "runtime", .value = 1}}};
  }
  Tags GetTags() override { return {{"a", "static"}}; }
  std::vector<Metric> GetMetrics() override { return {{.key = "static", .value = 1}}; }
  std::optional<std::vector<std::string>> ClassNames() override { return {{"x", "y"}}; }
};

TEST(ComponentPredictor, GathersNamesTagsAndMetricsRuntimeOnesLast) {
  const InferResponse response = Ask(new Everything, {});
  EXPECT_EQ(OnlyTensor(response).shape(), (Shape{1, 2}));
  EXPECT_EQ(std::get<Tensors>(response.message.payload).columns,
            (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(response.message.meta.tags.at("a"), json::Value("runtime"));
  ASSERT_EQ(response.message.meta.metrics.size(), 2U);
  EXPECT_EQ(response.message.meta.metrics[0].key, "static");
}

struct Router : Component {
  Result<Branch> Route(Message) override { return Branch{.child = 7}; }
};

TEST(ComponentPredictor, ABranchIsAnArrayOfOne) {
  const InferResponse response = Ask(new Router, {.method = Method::kRoute});
  EXPECT_EQ(json::Write(ToNested(OnlyTensor(response))), "[[7]]");
}

struct Judge : Component {
  Result<Answer> SendFeedback(Feedback feedback) override {
    return Answer{.payload = json::Value(static_cast<int64_t>(feedback.routing.value_or(-1)))};
  }
};

TEST(ComponentPredictor, FeedbackCarriesThisUnitsRouting) {
  const auto routing = [](ComponentOptions options) {
    InferRequest request{.method = Method::kSendFeedback};
    request.response.meta.routing = {{"0", 1}, {"mine", 3}};
    return Ask(new Judge, std::move(request), std::move(options)).message.payload;
  };
  EXPECT_EQ(std::get<json::Value>(routing({.unit_id = "mine"})), json::Value(3));
  EXPECT_EQ(std::get<json::Value>(routing({.unit_id = "other"})), json::Value(-1));
  EXPECT_EQ(std::get<json::Value>(routing({.unit_id = ""})), json::Value(1));
}

struct Thrower : Component {
  Result<Answer> Predict(Message) override { throw std::runtime_error("boom"); }
};
struct BadMetric : Component {
  std::vector<Metric> GetMetrics() override { return {{.key = "", .value = 1}}; }
};
struct Ragged : Component {
  Result<Answer> Predict(Message) override { return Answer{.payload = *json::Parse("[[1],2]")}; }
};

TEST(ComponentPredictor, WhatTheComponentDoesWrongIsInternal) {
  EXPECT_EQ(AskForError(new Thrower, {}).message, "boom");
  EXPECT_EQ(AskForError(new Ragged, {}).code, Code::kInternal);
  EXPECT_EQ(Ask(new BadMetric, {}).refusal->reason, "MICROSERVICE_BAD_METRIC");
}

struct Echo : Component {
  bool TakesRaw(Method method) const override { return method == Method::kPredict; }
  Result<Raw> HandleRaw(Method, Raw request) override { return request; }
};

TEST(ComponentPredictor, RawRequestsGoByAsTheyCame) {
  InferRequest request{.raw = true};
  request.message.payload = Bytes{"\x01"};
  const InferResponse response = Ask(new Echo, std::move(request));
  EXPECT_TRUE(response.raw);
  EXPECT_EQ(std::get<Bytes>(response.message.payload).bytes, "\x01");
}

struct Counter : Component {
  explicit Counter(int* most) : most_(most) {}
  Result<Answer> Predict(Message) override {
    *most_ = std::max(*most_, ++running_);
    std::this_thread::yield();
    --running_;
    return Answer{.payload = Text{""}};
  }
  int* most_;
  int running_ = 0;
};

TEST(ComponentPredictor, SerializedCallsNeverOverlap) {
  int most = 0;
  ComponentPredictor predictor(std::make_unique<Counter>(&most), {.serialized = true});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) EXPECT_TRUE(PredictAndWait(predictor, {}).has_value());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
}

TEST(ComponentPredictor, CallsRunOnTheExecutor) {
  std::vector<std::function<void()>> queued;
  ComponentPredictor predictor(std::make_unique<Component>(),
                               {.executor = [&](auto task) { queued.push_back(std::move(task)); }});
  bool done = false;
  predictor.Predict({}, {}, [&](const Result<InferResponse>&) { done = true; });
  EXPECT_FALSE(done);
  queued.at(0)();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace brink::api
