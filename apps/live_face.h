// The HTTP port of `brink camera`: the live view, its JSON and the metrics.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/camera/live/live_board.h"
#include "brink/metrics/metrics.h"

namespace brink::apps {

class LiveFace {
 public:
  // Takes the port: "8080" on this machine alone, "0.0.0.0:8080", "[::]:8080" for others too; 0 is
  // any free one. kInvalidArgument for what is no such address; HttpServer::Bind's errors.
  static Result<std::unique_ptr<LiveFace>> Bind(const std::string& address,
                                                const camera::LiveOptions& options);
  ~LiveFace();

  camera::LiveBoard& board();
  // Once. `source` is read at every scrape and outlives this.
  Status Listen(metrics::Source source);
  std::string url() const;

 private:
  struct Impl;
  explicit LiveFace(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::apps
