// The camera that a deployment names beside its model: `brink up` serves and watches.
#pragma once

#include <memory>

#include "brink/base/result.h"
#include "brink/camera/live/live_board.h"
#include "brink/metrics/metrics.h"
#include "brink/serving/session_pool.h"
#include "config.h"
#include "open_model.h"

namespace brink::apps {

class ServedCamera {
 public:
  // nullptr where the configuration names none. Nothing runs yet. `name` is the camera's in reports
  // and metrics. Its frames are looked at by sessions of `pool`, as requests are.
  // kFailedPrecondition for a model without a card.
  static Result<std::unique_ptr<ServedCamera>> Open(const Config& config, const OpenedModel& opened,
                                                    const std::string& name,
                                                    std::shared_ptr<serving::SessionPool> pool);
  ~ServedCamera();  // as Stop

  // Who answers HTTP: `others`, with the live view before them where a token is configured.
  protocols::HttpHandler& Before(protocols::HttpHandler& others);
  metrics::Source samples();
  void Start();
  void Stop();

 private:
  struct Impl;
  explicit ServedCamera(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::apps
