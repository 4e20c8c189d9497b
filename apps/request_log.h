// One line of the log for each request: at debug, or at info where the access log is on.
#pragma once

#include "brink/api/observer.h"

namespace brink::apps {

class RequestLog final : public api::Observer {
 public:
  // Passes every observation on to `next`, which outlives this.
  RequestLog(api::Observer& next, bool access_log) : next_(next), access_log_(access_log) {}

  // id, what was asked, the answer's code, milliseconds (all of it; the model's part), bytes in and
  // out.
  void OnRequest(const api::Observation& observation) override;

 private:
  api::Observer& next_;
  const bool access_log_;
};

}  // namespace brink::apps
