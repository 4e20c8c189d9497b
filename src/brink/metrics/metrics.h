// Prometheus metrics under the names that Seldon's dashboards know, and brink's own.
//
// Three families of names: what a component reports of itself and its feedback (as the Python
// wrapper exposes it), what the executor would report of the requests (there is no executor in
// front of a pod with `seldon.io/no-engine`), and `brink_*` and `process_*` for the process. The
// text is exposition format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), each
// family's TYPE once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "brink/api/observer.h"

namespace brink::metrics {

// Where the process stands in its deployment: the fixed labels of its series.
struct Deployment {
  std::string deployment_name = "NOT_IMPLEMENTED";    // SELDON_DEPLOYMENT_ID
  std::string predictor_name = "NOT_IMPLEMENTED";     // PREDICTOR_ID
  std::string predictor_version = "NOT_IMPLEMENTED";  // PREDICTOR_LABELS["version"]
  std::string model_name = "NOT_IMPLEMENTED";         // PREDICTIVE_UNIT_ID
  std::string image_name = "NOT_IMPLEMENTED";         // PREDICTIVE_UNIT_IMAGE before the tag
  std::string image_version = "NOT_IMPLEMENTED";      // its tag
  bool count_feedback = true;                         // SELDON_EXECUTOR_ENABLED
};

// A value that is read when somebody scrapes.
struct Sample {
  enum class Kind { kGauge, kCounter };
  std::string name;
  std::string help;
  double value = 0;
  Kind kind = Kind::kGauge;
  std::map<std::string, std::string> labels;
};
using Source = std::function<std::vector<Sample>()>;

// Any thread may call any method.
class Metrics : public api::Observer {
 public:
  explicit Metrics(const Deployment& deployment);
  ~Metrics() override;

  void OnRequest(const api::Observation& observation) override;
  // Asked at every scrape; lives as long as this.
  void AddSource(Source source);
  [[nodiscard]] std::string Render() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Resident memory, CPU seconds, open files, start time (Prometheus' `process_*` names) and the
// temperatures that the kernel tells (brink_device_temperature_celsius, one a zone). What the
// kernel does not tell is left out.
std::vector<Sample> ProcessSamples();

}  // namespace brink::metrics
