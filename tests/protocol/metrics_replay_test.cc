// What Seldon's Python server was recorded to expose to Prometheus after the recorded requests is
// among what brink exposes after the same ones: families, types, labels, buckets. Values are not
// compared: not every request that had been counted was kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "brink/graph/pod_environment.h"
#include "brink/metrics/endpoint.h"
#include "brink/metrics/metrics.h"
#include "components.h"
#include "recording.h"
#include "service.h"

namespace brink::testing {
namespace {

metrics::Deployment DeploymentFrom(const std::map<std::string, std::string>& environment) {
  const auto pod = graph::ReadPodEnvironment(
      [&](const std::string& name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        if (found == environment.end()) return std::nullopt;
        return found->second;
      },
      "");
  EXPECT_TRUE(pod) << pod.error().message;
  metrics::Deployment deployment;
  const auto set = [](std::string& label, const std::string& told) {
    if (!told.empty()) label = told;
  };
  set(deployment.deployment_name, pod->deployment_id);
  set(deployment.predictor_name, pod->predictor_id);
  set(deployment.predictor_version, pod->predictor_version);
  set(deployment.model_name, pod->unit_id);
  set(deployment.image_name, pod->image_name);
  set(deployment.image_version, pod->image_version);
  deployment.count_feedback = pod->executor_enabled;
  return deployment;
}

// Every series without its value, every TYPE line; process ids made alike.
std::set<std::string> SeriesOf(const std::string& text) {
  static const std::regex kWorker("worker_id=\"[0-9]+\"");
  std::set<std::string> series;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.rfind("# HELP", 0) == 0) continue;
    if (line[0] != '#') line.resize(line.rfind(' '));
    series.insert(std::regex_replace(line, kWorker, "worker_id=\"1\""));
  }
  return series;
}

// A series' name and Seldon method: what one kind of request makes.
std::string OriginOf(const std::string& series) {
  static const std::regex kMethod("method=\"[a-z_]*\"");
  std::smatch method;
  const bool found = std::regex_search(series, method, kMethod);
  return series.substr(0, series.find('{')) + (found ? method.str() : "");
}

// Scrapes that count requests which are not among the recordings: only series of an origin that the
// recorded requests have are compared.
const std::set<std::string> kIncomplete = {"metrics_moved", "metrics_raw", "metrics_workers2"};
// None of the requests that this one counts is among the recordings.
constexpr const char* kNothingRecorded = "metrics_types";

// The server with id `recording.server`, after all that it was asked.
std::string ScrapeAfter(const std::vector<Recording>& recordings, const Recording& recording,
                        const RecordedServer& server) {
  metrics::Metrics metrics(DeploymentFrom(server.environment));
  Service service(MakeComponent(server.component, ParametersFrom(server.environment)),
                  server.environment, &metrics);
  for (const Recording& asked : recordings) {
    if (asked.server == recording.server && asked.port == "http") service.Ask(asked.request);
  }
  metrics::Endpoint endpoint(std::string(recording.request.path()), metrics);
  std::string text;
  endpoint.Handle(recording.request,
                  [&](const protocols::HttpResponse& response) { text = response.body; });
  return text;
}

TEST(MetricsReplay, ExposesEverySeriesThatWasRecorded) {
  const auto folder = RecordingsFolder();
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no recordings in " << folder;
  const auto servers = ReadServers(folder);
  const auto recordings = ReadRecordings(folder);
  int scrapes = 0;
  for (const Recording& recording : recordings) {
    const bool scrape = recording.port == "metrics" && recording.status == 200 &&
                        recording.request.method == "GET" && !recording.body.empty();
    if (!scrape || recording.name == kNothingRecorded) continue;
    SCOPED_TRACE(recording.name);
    ++scrapes;
    const auto got = SeriesOf(ScrapeAfter(recordings, recording, servers.at(recording.server)));
    std::set<std::string> origins;
    for (const std::string& series : got) origins.insert(OriginOf(series));
    int compared = 0;
    for (const std::string& wanted : SeriesOf(recording.body)) {
      if (kIncomplete.count(recording.name) == 1 && origins.count(OriginOf(wanted)) == 0) continue;
      EXPECT_TRUE(got.count(wanted) == 1) << wanted;
      ++compared;
    }
    EXPECT_GT(compared, 0);
  }
  EXPECT_EQ(scrapes, 7);
}

}  // namespace
}  // namespace brink::testing
