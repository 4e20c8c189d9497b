#include "brink/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "brink/metrics/recent.h"
#include "brink/metrics/text.h"

namespace brink::metrics {
namespace {

using Labels = prometheus::Labels;

constexpr const char* kServerHelp = "Latency of the requests to this server";
constexpr const char* kClientHelp = "Latency of the model's part of a request";

// More series than this come from a component that puts request data into tags; they are dropped,
// not kept for ever.
constexpr size_t kMaxSeries = 10'000;

// The executor's (client_golang's default buckets with three more, and its quantiles).
const prometheus::Histogram::BucketBoundaries kRequestBuckets = {
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10};
const std::vector<double> kRequestQuantiles = {0.5, 0.75, 0.9, 0.98, 0.99, 1.0};

// The Python wrapper's timer buckets: 50 points from 1 ms to 30 s, evenly spaced in the logarithm,
// as numpy computes them: another library's power differs in the last digit, and so in the labels.
constexpr double kTimerPoints[] = {0.001,
                                   0.0012341553253454693,
                                   0.0015231393670785815,
                                   0.0018797905611233593,
                                   0.0023199535315445415,
                                   0.002863183005509725,
                                   0.0035336125536884733,
                                   0.004361026750842238,
                                   0.005382184388525997,
                                   0.006642451525090608,
                                   0.008197816923039709,
                                   0.010117379411776668,
                                   0.012486417679584786,
                                   0.015410178873747385,
                                   0.019018554321561593,
                                   0.02347185009632733,
                                   0.028967908792092944,
                                   0.03575089889988335,
                                   0.04412216226317852,
                                   0.05445360152285871,
                                   0.06720420230367624,
                                   0.0829404241586763,
                                   0.10236136616184238,
                                   0.12632982515827532,
                                   0.15591062646904755,
                                   0.19241792993472334,
                                   0.2374736129208902,
                                   0.2930793240153456,
                                   0.3617054084821892,
                                   0.44640065608455204,
                                   0.5509277469444613,
                                   0.6799304127720881,
                                   0.8391397397870157,
                                   1.035628778567157,
                                   1.2781267721496807,
                                   1.5774069623151439,
                                   1.9467652027782552,
                                   2.402610642206036,
                                   2.965194718810281,
                                   3.65951085290597,
                                   4.516404807273444,
                                   5.573945044312399,
                                   6.879113959621136,
                                   8.489895126924782,
                                   10.477849282518772,
                                   12.931293490187748,
                                   15.959224724520412,
                                   19.696162182151948,
                                   24.30812344597087,
                                   29.999999999999996};
const prometheus::Histogram::BucketBoundaries kTimerBuckets(std::begin(kTimerPoints),
                                                            std::end(kTimerPoints));

bool IsName(std::string_view text, bool colon) {
  const auto good = [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (colon && c == ':');
  };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(), good);
}

// A label of a component's tag: what Prometheus does not allow in a name becomes '_'.
std::string LabelName(const std::string& tag) {
  if (IsName(tag, false) && tag.rfind("__", 0) != 0) return tag;
  std::string name = "tag_" + tag;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

}  // namespace

struct Metrics::Impl {
  using Histogram = prometheus::Histogram;

  // Both forms that the executor keeps of each latency.
  struct Latency {
    Histogram* histogram;
    Labels labels;
    Recent recent;
    void Observe(double seconds) {
      histogram->Observe(seconds);
      recent.Observe(seconds);
    }
  };
  struct LatencyFamily {
    std::string name;
    prometheus::Family<Histogram>& histograms;
    Labels fixed;
    std::unordered_map<std::string, Latency>
        series;  // by service, verb and code: a lookup without building labels
  };

  explicit Impl(const Deployment& d)
      : deployment(d),
        unit_labels{{"deployment_name", d.deployment_name},
                    {"image_name", d.image_name},
                    {"image_version", d.image_version},
                    {"model_image", d.image_name},
                    {"model_name", d.model_name},
                    {"model_version", d.image_version},
                    {"predictor_name", d.predictor_name},
                    {"predictor_version", d.predictor_version},
                    {"seldon_deployment_name", d.deployment_name},
                    {"worker_id", std::to_string(getpid())}},
        server{"seldon_api_executor_server_requests_seconds",
               Family<Histogram>("seldon_api_executor_server_requests_seconds", kServerHelp),
               {{"deployment_name", d.deployment_name},
                {"predictor_name", d.predictor_name},
                {"predictor_version", d.predictor_version}},
               {}},
        client{"seldon_api_executor_client_requests_seconds",
               Family<Histogram>("seldon_api_executor_client_requests_seconds", kClientHelp),
               {{"deployment_name", d.deployment_name},
                {"predictor_name", d.predictor_name},
                {"predictor_version", d.predictor_version},
                {"model_name", d.model_name},
                {"model_image", d.image_name},
                {"model_version", d.image_version}},
               {}} {}

  template <class T>
  prometheus::Family<T>& Family(const std::string& name, const std::string& help) {
    if constexpr (std::is_same_v<T, Histogram>) {
      return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
    } else if constexpr (std::is_same_v<T, prometheus::Counter>) {
      return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    } else {
      return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
    }
  }

  void Observe(LatencyFamily& family, std::string_view service, const api::Observation& o,
               double seconds) {
    std::string key(service);
    key.append("\n").append(o.verb).append("\n").append(o.code);
    auto found = family.series.find(key);
    if (found == family.series.end()) {
      if (family.series.size() >= kMaxSeries) return;
      Labels labels = family.fixed;
      labels["service"] = service;
      labels["method"] = o.verb;
      labels["code"] = o.code;
      Histogram& histogram = family.histograms.Add(labels, kRequestBuckets);
      Latency latency{&histogram, std::move(labels), {}};
      found = family.series.emplace(std::move(key), latency).first;
    }
    found->second.Observe(seconds);
  }

  Labels UnitLabels(std::string_view method, const std::map<std::string, std::string>& tags) const {
    Labels labels;
    for (const auto& [tag, value] : tags) labels[LabelName(tag)] = value;
    for (const auto& [name, value] : unit_labels)
      labels[name] = value;  // fixed labels override tags of the same name
    labels["method"] = method;
    return labels;
  }

  // A component's metric of a name that Prometheus refuses, or that is there with another kind, is
  // dropped: the request it came with was answered and the exposition stays valid.
  void Record(const api::Metric& metric, std::string_view method) {
    if (!IsName(metric.key, true) || component_series >= kMaxSeries) return;
    const Labels labels = UnitLabels(method, metric.tags);
    try {
      switch (metric.kind) {
        case api::Metric::Kind::kCounter: {
          auto& counters = Family<prometheus::Counter>(metric.key + "_total", "");
          Count(counters.Has(labels));
          if (metric.value >= 0) counters.Add(labels).Increment(metric.value);
          break;
        }
        case api::Metric::Kind::kGauge: {
          auto& gauges = Family<prometheus::Gauge>(metric.key, "");
          Count(gauges.Has(labels));
          gauges.Add(labels).Set(metric.value);
          break;
        }
        case api::Metric::Kind::kTimer: {
          auto& timers = Family<Histogram>(metric.key, "");
          Count(timers.Has(labels));
          timers.Add(labels, kTimerBuckets).Observe(metric.value / 1000);
          break;
        }
      }
    } catch (const std::exception&) {
      ++dropped;
    }
  }
  void Count(bool known) {
    if (!known) ++component_series;
  }

  void RecordFeedback(float reward) {
    const Labels labels = UnitLabels("feedback", {});
    Family<prometheus::Counter>("seldon_api_model_feedback_total", "").Add(labels).Increment();
    // A counter only grows: a negative, infinite or NaN reward would spoil every rate() over it.
    if (reward >= 0 && std::isfinite(reward)) {
      Family<prometheus::Counter>("seldon_api_model_feedback_reward_total", "")
          .Add(labels)
          .Increment(reward);
    }
  }

  // The summary beside a family's histogram. Called with the mutex held.
  static prometheus::MetricFamily Summarise(const LatencyFamily& family, const char* help) {
    prometheus::MetricFamily summary;
    summary.name = family.name + "_summary";
    summary.help = help;
    summary.type = prometheus::MetricType::Summary;
    for (const auto& [key, latency] : family.series) {
      prometheus::ClientMetric metric;
      for (const auto& [name, value] : latency.labels) metric.label.push_back({name, value});
      metric.summary.sample_count = latency.recent.count();
      metric.summary.sample_sum = latency.recent.sum();
      const std::vector<double> values = latency.recent.Quantiles(kRequestQuantiles);
      for (size_t i = 0; i < values.size(); ++i)
        metric.summary.quantile.push_back({kRequestQuantiles[i], values[i]});
      summary.metric.push_back(std::move(metric));
    }
    return summary;
  }

  Deployment deployment;
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
  Labels unit_labels;
  LatencyFamily server;
  LatencyFamily client;
  size_t component_series = 0;
  size_t dropped = 0;
  double encode_seconds = 0;
  std::vector<Source> sources;
  mutable std::mutex mutex;
};

Metrics::Metrics(const Deployment& deployment) : impl_(std::make_unique<Impl>(deployment)) {}
Metrics::~Metrics() = default;

void Metrics::OnRequest(const api::Observation& observation) {
  if (observation.service.empty()) return;  // else whoever tries paths would make series
  const std::lock_guard lock(impl_->mutex);
  impl_->Observe(impl_->server, observation.service, observation, observation.total.count());
  impl_->encode_seconds += observation.encode.count();
  if (observation.unit_method.empty()) return;
  impl_->Observe(impl_->client, observation.unit_path, observation, observation.unit.count());
  if (observation.metrics != nullptr) {
    for (const auto& metric : *observation.metrics) impl_->Record(metric, observation.unit_method);
  }
  if (observation.reward && impl_->deployment.count_feedback)
    impl_->RecordFeedback(*observation.reward);
}

void Metrics::AddSource(Source source) {
  const std::lock_guard lock(impl_->mutex);
  impl_->sources.push_back(std::move(source));
}

namespace {

std::vector<prometheus::MetricFamily> Collect(const std::vector<Sample>& samples) {
  std::map<std::string, prometheus::MetricFamily> families;
  for (const auto& sample : samples) {
    auto& family = families[sample.name];
    family.name = sample.name;
    family.help = sample.help;
    const bool counter = sample.kind == Sample::Kind::kCounter;
    family.type = counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    prometheus::ClientMetric metric;
    for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
    if (counter) {
      metric.counter.value = sample.value;
    } else {
      metric.gauge.value = sample.value;
    }
    family.metric.push_back(std::move(metric));
  }
  std::vector<prometheus::MetricFamily> collected;
  for (auto& [name, family] : families) collected.push_back(std::move(family));
  return collected;
}

}  // namespace

std::string Metrics::Render() const {
  std::vector<Source> sources;
  std::vector<Sample> samples;
  std::vector<prometheus::MetricFamily> summaries;
  {
    const std::lock_guard lock(impl_->mutex);
    sources = impl_->sources;
    summaries = {Impl::Summarise(impl_->server, kServerHelp),
                 Impl::Summarise(impl_->client, kClientHelp)};
    samples.push_back({"brink_encode_seconds_total",
                       "Seconds spent writing answers",
                       impl_->encode_seconds,
                       Sample::Kind::kCounter,
                       {}});
    samples.push_back({"brink_metrics_dropped_total",
                       "Component metrics that Prometheus' rules refuse",
                       static_cast<double>(impl_->dropped),
                       Sample::Kind::kCounter,
                       {}});
  }
  for (const auto& source : sources) {
    for (auto& sample : source()) samples.push_back(std::move(sample));
  }
  auto families = impl_->registry.Collect();
  for (auto& family : summaries) {
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
  for (auto& family : Collect(samples)) families.push_back(std::move(family));
  return WriteText(families);
}

}  // namespace brink::metrics
