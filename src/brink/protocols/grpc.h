// gRPC as the protocols see it: a unary call whose message was read whole, a message or an error to
// be written. No sockets, no gRPC types; messages are serialised protobuf.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "brink/base/result.h"

namespace brink::protocols {

struct GrpcRequest {
  int method = 0;       // index into GrpcHandler::Methods()
  std::string message;  // serialised request
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::shared_ptr<std::atomic<bool>> cancelled;  // becomes true when the client has gone
};

// Answers a call exactly once, from any thread: the serialised response or an error, whose code and
// message the client sees as they are.
using GrpcResponder = std::function<void(Result<std::string>)>;

class GrpcHandler {
 public:
  virtual ~GrpcHandler() = default;
  // Full names, "/package.Service/Method"; fixed for the handler's life.
  virtual const std::vector<std::string>& Methods() const = 0;
  // Called on a gRPC thread: must not block. Long work goes elsewhere and calls `respond` when
  // done.
  virtual void Handle(GrpcRequest request, GrpcResponder respond) = 0;
};

}  // namespace brink::protocols
