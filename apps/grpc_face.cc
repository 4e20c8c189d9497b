#include "grpc_face.h"

#include <utility>

#include "brink/net/grpc_server.h"
#include "brink/protocols/seldon_v1/grpc_handler.h"

namespace brink::apps {

// The server comes last: it is destroyed first and uses the handler.
struct GrpcFace::Impl {
  Impl(const GrpcFaceOptions& options, api::Predictor& predictor, api::Observer& observer)
      : handler(predictor, options.seldon, &observer) {}

  protocols::seldon_v1::GrpcHandler handler;
  std::unique_ptr<net::GrpcServer> server;
};

bool GrpcFace::IsBuilt() { return true; }

Result<std::unique_ptr<GrpcFace>> GrpcFace::Listen(const GrpcFaceOptions& options,
                                                   api::Predictor& predictor,
                                                   api::Observer& observer) {
  auto impl = std::make_unique<Impl>(options, predictor, observer);
  net::GrpcServerOptions server;
  server.address = options.address;
  server.port = options.port;
  server.max_message_bytes = options.max_message_bytes.value_or(server.max_message_bytes);
  server.max_sent_bytes = options.max_message_bytes;
  BRINK_ASSIGN(impl->server, net::GrpcServer::Start(server, impl->handler));
  return std::unique_ptr<GrpcFace>(new GrpcFace(std::move(impl)));
}

GrpcFace::GrpcFace(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GrpcFace::~GrpcFace() = default;

int GrpcFace::port() const { return impl_->server->port(); }
void GrpcFace::Stop(std::chrono::milliseconds grace) { impl_->server->Stop(grace); }

}  // namespace brink::apps
