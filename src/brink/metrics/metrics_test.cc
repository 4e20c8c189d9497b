#include "brink/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "brink/metrics/endpoint.h"

namespace brink::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

api::Observation Predict() {
  api::Observation o;
  o.service = "predictions";
  o.verb = "post";
  o.code = "200";
  o.unit_method = "predict";
  o.unit_path = "/predict";
  o.total = std::chrono::milliseconds(30);
  o.unit = std::chrono::milliseconds(20);
  return o;
}

Deployment Recorded() {
  return {"dep1", "pred1", "v9", "my-model", "repo:5000/org/img", "0.3", true};
}

// The labels that the Python wrapper puts on every series, in order.
std::string UnitLabels(const std::string& method) {
  return "deployment_name=\"dep1\",image_name=\"repo:5000/org/"
         "img\",image_version=\"0.3\",method=\"" +
         method +
         "\",model_image=\"repo:5000/org/"
         "img\",model_name=\"my-model\",model_version=\"0.3\",predictor_name=\"pred1\","
         "predictor_version=\"v9\",seldon_deployment_name=\"dep1\",worker_id=\"" +
         std::to_string(getpid()) + "\"";
}

TEST(Metrics, AComponentsMetricsHaveTheWrappersNamesAndLabels) {
  Metrics metrics(Recorded());
  std::vector<api::Metric> own = {
      {"mycounter", api::Metric::Kind::kCounter, 1, {}},
      {"mygauge", api::Metric::Kind::kGauge, 100, {}},
      {"mytimer", api::Metric::Kind::kTimer, 20.2, {}},
      {"mytagged", api::Metric::Kind::kCounter, 2, {{"mytag", "mytagvalue"}}}};
  auto observation = Predict();
  observation.metrics = &own;
  for (int i = 0; i < 4; ++i) metrics.OnRequest(observation);
  const std::string text = metrics.Render();
  EXPECT_THAT(text, HasSubstr("mycounter_total{" + UnitLabels("predict") + "} 4.0\n"));
  EXPECT_THAT(text, HasSubstr("mygauge{" + UnitLabels("predict") + "} 100.0\n"));
  EXPECT_THAT(text, HasSubstr("mytimer_count{" + UnitLabels("predict") + "} 4.0\n"));
  EXPECT_THAT(text, HasSubstr("mytag=\"mytagvalue\""));
}

TEST(Metrics, TimersHaveTheWrappersFiftyOneBuckets) {
  Metrics metrics(Recorded());
  std::vector<api::Metric> own = {{"t", api::Metric::Kind::kTimer, 20.2, {}}};
  auto observation = Predict();
  observation.metrics = &own;
  metrics.OnRequest(observation);
  const std::string text = metrics.Render();
  int buckets = 0;
  for (size_t at = text.find("t_bucket{"); at != std::string::npos;
       at = text.find("\nt_bucket{", at + 1))
    ++buckets;
  EXPECT_EQ(buckets, 51);
  EXPECT_THAT(text, HasSubstr("le=\"0.0012341553253454693\""));
  EXPECT_THAT(text, HasSubstr("le=\"29.999999999999996\""));
  EXPECT_THAT(text, HasSubstr("le=\"+Inf\""));
}

TEST(Metrics, RequestsAreCountedUnderTheExecutorsNames) {
  Metrics metrics(Recorded());
  metrics.OnRequest(Predict());
  const std::string text = metrics.Render();
  EXPECT_THAT(
      text,
      HasSubstr(
          "seldon_api_executor_server_requests_seconds_count{code=\"200\",deployment_name=\"dep1\","
          "method=\"post\",predictor_name=\"pred1\",predictor_version=\"v9\","
          "service=\"predictions\"} 1.0\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "seldon_api_executor_client_requests_seconds_count{code=\"200\",deployment_name=\"dep1\","
          "method=\"post\",model_image=\"repo:5000/org/img\",model_name=\"my-model\","
          "model_version=\"0.3\",predictor_name=\"pred1\",predictor_version=\"v9\","
          "service=\"/predict\"} 1.0\n"));
  EXPECT_THAT(text, HasSubstr("seldon_api_executor_server_requests_seconds_summary{"));
}

TEST(Metrics, RewardsOnlyGrow) {
  Metrics metrics(Recorded());
  for (const float reward : {1.5f, -4.f, std::numeric_limits<float>::quiet_NaN()}) {
    auto observation = Predict();
    observation.unit_method = "feedback";
    observation.reward = reward;
    metrics.OnRequest(observation);
  }
  const std::string text = metrics.Render();
  EXPECT_THAT(text,
              HasSubstr("seldon_api_model_feedback_total{" + UnitLabels("feedback") + "} 3.0\n"));
  EXPECT_THAT(text, HasSubstr("seldon_api_model_feedback_reward_total{" + UnitLabels("feedback") +
                              "} 1.5\n"));
}

TEST(Metrics, FeedbackIsNotCountedWhereAnExecutorIsSaidToBeMissing) {
  Deployment deployment = Recorded();
  deployment.count_feedback = false;
  Metrics metrics(deployment);
  auto observation = Predict();
  observation.reward = 1.f;
  metrics.OnRequest(observation);
  EXPECT_THAT(metrics.Render(), Not(HasSubstr("feedback_total")));
}

// Each line is a comment or `name{labels} value`; each family's TYPE comes once.
void ExpectValidExposition(const std::string& text) {
  static const std::regex kLine(
      "[a-zA-Z_:][a-zA-Z0-9_:]*(\\{([a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\\n]|\\\\.)*\",?)*\\})? "
      "([-+]?[0-9.]+([eE][-+]?[0-9]+)?|NaN|[-+]Inf)");
  std::set<std::string> types;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# TYPE ", 0) == 0) {
      EXPECT_TRUE(types.insert(line).second) << line;
    }
    if (line.empty() || line[0] == '#') continue;
    EXPECT_TRUE(std::regex_match(line, kLine)) << line;
  }
}

TEST(Metrics, WhateverAComponentReportsTheExpositionStaysValid) {
  Metrics metrics(Recorded());
  std::vector<api::Metric> own = {
      {"bad name", api::Metric::Kind::kGauge, 1, {}},
      {"", api::Metric::Kind::kGauge, 1, {}},
      {"both", api::Metric::Kind::kGauge, 1, {}},
      {"both", api::Metric::Kind::kTimer, 1, {}},
      {"minus", api::Metric::Kind::kCounter, -1, {}},
      {"nan", api::Metric::Kind::kGauge, std::numeric_limits<double>::quiet_NaN(), {}},
      {"tags", api::Metric::Kind::kGauge, 1, {{"a b", "x\n\"\\"}, {"__x", "y"}, {"1", "z"}}}};
  auto observation = Predict();
  observation.metrics = &own;
  metrics.OnRequest(observation);
  metrics.AddSource(ProcessSamples);
  const std::string text = metrics.Render();
  ExpectValidExposition(text);
  EXPECT_THAT(text, HasSubstr("brink_metrics_dropped_total 1.0\n"));
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes"));
}

TEST(Metrics, ThreadsMayObserveAndScrapeAtOnce) {
  Metrics metrics(Recorded());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) metrics.OnRequest(Predict());
    });
  }
  for (int i = 0; i < 20; ++i) ExpectValidExposition(metrics.Render());
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(metrics.Render(), HasSubstr("service=\"predictions\"} 800.0\n"));
}

TEST(MetricsEndpoint, AnswersItsPathAndNothingElse) {
  Metrics metrics(Recorded());
  Endpoint endpoint("/prometheus", metrics);
  const auto ask = [&](const std::string& method, const std::string& target) {
    protocols::HttpResponse answer;
    protocols::HttpRequest request;
    request.method = method;
    request.target = target;
    endpoint.Handle(std::move(request),
                    [&](protocols::HttpResponse response) { answer = std::move(response); });
    return answer;
  };
  EXPECT_EQ(ask("GET", "/prometheus").status, 200);
  EXPECT_EQ(ask("GET", "/prometheus").content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(ask("GET", "/metrics").status, 404);
  EXPECT_EQ(ask("POST", "/prometheus").status, 405);
}

}  // namespace
}  // namespace brink::metrics
