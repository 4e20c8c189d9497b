// A gRPC server for one handler's unary methods, with the standard health service (grpc.health.v1)
// and reflection (grpc.reflection.v1 and v1alpha) beside them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "brink/base/result.h"
#include "brink/protocols/grpc.h"

namespace brink::net {

struct GrpcServerOptions {
  std::string address = "0.0.0.0";
  uint16_t port = 5000;                           // 0: any free one, see GrpcServer::port()
  size_t max_message_bytes = size_t{64} << 20;    // received; larger ones are RESOURCE_EXHAUSTED
  std::optional<size_t> max_sent_bytes;           // of answers, likewise; none: not limited
  size_t max_buffered_bytes = size_t{512} << 20;  // of all calls together
};

class GrpcServer {
 public:
  // Binds and listens; a port in use is kAlreadyExists at once. `handler` outlives the server.
  static Result<std::unique_ptr<GrpcServer>> Start(const GrpcServerOptions& options,
                                                   protocols::GrpcHandler& handler);
  ~GrpcServer();  // stops at once if Stop was not called

  uint16_t port() const;

  // What grpc.health.v1 says of the server and of each service; serving from the start.
  void SetServing(bool serving);

  // No new calls; calls in flight have `grace` to finish, then they are cancelled. The handler must
  // answer them all.
  void Stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::net
