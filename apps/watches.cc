#include "watches.h"

#include <algorithm>
#include <utility>

namespace brink::apps {

Result<std::unique_ptr<Watches>> Watches::Open(const std::vector<WatchOptions>& cameras,
                                               const std::vector<std::string>& labels) {
  std::unique_ptr<Watches> watches(new Watches());
  for (const WatchOptions& options : cameras) {
    auto watch = Watch::Open(options, labels);
    if (!watch && cameras.size() > 1) {
      return Fail(watch.error().Within("camera '" + options.name + "'"));
    }
    if (!watch) return Fail(watch.error());
    watches->watches_.push_back(std::move(*watch));
  }
  return watches;
}

void Watches::Start(camera::Detector& detector, std::function<void()> on_end) {
  running_ = watches_.size();
  for (const auto& watch : watches_) {
    watch->Start(detector, [this, on_end] {
      if (--running_ == 0) on_end();
    });
  }
}

Status Watches::Stop() {
  Status first;
  for (const auto& watch : watches_) {
    Status ended = watch->Stop();
    if (first && !ended) first = std::move(ended);
  }
  return first;
}

// Of one name together, as Prometheus wants them.
std::vector<metrics::Sample> Watches::Samples() const {
  std::vector<metrics::Sample> samples;
  for (const auto& watch : watches_) {
    for (metrics::Sample& sample : watch->Samples()) samples.push_back(std::move(sample));
  }
  std::stable_sort(samples.begin(), samples.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  return samples;
}

}  // namespace brink::apps
