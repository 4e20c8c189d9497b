// A server that serves a model with its card, on another machine, as a predictor: Seldon's v1 REST
// protocol, as `brink up` and Seldon's own pods speak it. libcurl stays in the .cc.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "brink/api/predictor.h"
#include "brink/base/result.h"

namespace brink::camera {

struct RemoteOptions {
  std::string url;      // http or https; without a path it is asked at /api/v1.0/predictions
  std::string ca_file;  // PEM of the roots for https; empty: the system's
  const std::atomic<bool>* cancelled = nullptr;  // ends every wait; outlives the predictor
};

// Takes pictures (api::Bytes) and answers the server's jsonData; waits on the caller's thread, any
// number of threads at once. kInvalidArgument for what is no URL of HTTP. Its answers fail with
// kUnavailable where the server is not there, and with what the server says where it refuses.
Result<std::unique_ptr<api::Predictor>> MakeRemotePredictor(RemoteOptions options);

}  // namespace brink::camera
