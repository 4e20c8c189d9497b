#include "brink/net/grpc_server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <algorithm>
#include <set>
#include <utility>

#include "brink/net/grpc_methods.h"

namespace brink::net {
namespace {

// "/seldon.protos.Model/Predict" -> "seldon.protos.Model", each once, with the services that the
// server adds itself.
std::vector<std::string> ServiceNames(const std::vector<std::string>& methods) {
  std::set<std::string> names = {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                 "grpc.reflection.v1alpha.ServerReflection"};
  for (const auto& method : methods) names.insert(method.substr(1, method.rfind('/') - 1));
  return {names.begin(), names.end()};
}

std::string HostPort(const std::string& address, uint16_t port) {
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

}  // namespace

struct GrpcServer::Impl {
  std::vector<std::string> services;
  std::unique_ptr<grpc::Service> unary;
  std::unique_ptr<grpc::Service> reflection;
  std::unique_ptr<grpc::Server> server;  // destroyed first: it uses the services
  int port = 0;
  bool stopped = false;
};

Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(const GrpcServerOptions& options,
                                                      protocols::GrpcHandler& handler) {
  auto impl = std::make_unique<Impl>();
  impl->services = ServiceNames(handler.Methods());
  impl->unary = MakeUnaryService(handler);
  impl->reflection = MakeReflectionService(impl->services);

  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  // With SO_REUSEPORT a second server on the port would start without an error and take part of the
  // calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(
      static_cast<int>(std::min<size_t>(options.max_message_bytes, INT32_MAX)));
  builder.SetMaxSendMessageSize(options.max_sent_bytes ? static_cast<int>(std::min<size_t>(
                                                             *options.max_sent_bytes, INT32_MAX))
                                                       : -1);
  grpc::ResourceQuota quota("brink");
  quota.Resize(options.max_buffered_bytes);
  builder.SetResourceQuota(quota);
  const std::string where = HostPort(options.address, options.port);
  builder.AddListeningPort(where, grpc::InsecureServerCredentials(), &impl->port);
  builder.RegisterService(impl->unary.get());
  builder.RegisterService(impl->reflection.get());
  impl->server = builder.BuildAndStart();
  if (!impl->server || impl->port == 0) {
    return Fail(Code::kAlreadyExists, "gRPC cannot listen on " + where +
                                          ": the address is in use or not of this machine");
  }
  auto server = std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
  server->SetServing(true);
  return server;
}

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GrpcServer::~GrpcServer() { Stop(std::chrono::milliseconds(0)); }

uint16_t GrpcServer::port() const { return static_cast<uint16_t>(impl_->port); }

void GrpcServer::SetServing(bool serving) {
  auto* health = impl_->server->GetHealthCheckService();
  if (health == nullptr) return;
  health->SetServingStatus(serving);
  for (const auto& service : impl_->services) health->SetServingStatus(service, serving);
}

void GrpcServer::Stop(std::chrono::milliseconds grace) {
  if (std::exchange(impl_->stopped, true)) return;
  SetServing(false);
  impl_->server->Shutdown(std::chrono::system_clock::now() + grace);
}

}  // namespace brink::net
