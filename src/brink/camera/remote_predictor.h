// A server that serves a model with its card, on another machine, as a predictor: Seldon's v1 REST
// protocol, as `brink up` and Seldon's own pods speak it.
#pragma once

#include <memory>

#include "brink/api/predictor.h"
#include "brink/base/result.h"
#include "brink/camera/remote_client.h"

namespace brink::camera {

// Takes pictures (api::Bytes) and answers the server's jsonData; waits on the caller's thread, any
// number of threads at once. A URL without a path is asked at /api/v1.0/predictions.
// kInvalidArgument for what is no URL of HTTP. Its answers fail with kUnavailable where the server
// is not there, and with what the server says where it refuses.
Result<std::unique_ptr<api::Predictor>> MakeRemotePredictor(RemoteOptions options);

}  // namespace brink::camera
