// All cameras of this process.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "watch.h"

namespace brink::apps {

class Watches {
 public:
  // Fails as Watch::Open does for the first that cannot be.
  static Result<std::unique_ptr<Watches>> Open(const std::vector<WatchOptions>& cameras,
                                               const std::vector<std::string>& labels);

  // Once. `detector` outlives this; `on_end` is called from another thread when the last camera
  // ends by itself.
  void Start(camera::Detector& detector, std::function<void()> on_end);
  // Ends them and waits. Why the first of them ended that did so for a reason.
  Status Stop();

  std::vector<metrics::Sample> Samples() const;

 private:
  Watches() = default;

  std::atomic<size_t> running_{0};
  std::vector<std::unique_ptr<Watch>> watches_;  // last: they use what stands before
};

}  // namespace brink::apps
