// The two kinds of gRPC service that the server registers. Private to net/: the one header here
// that shows gRPC's types.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/rpc_service_method.h>
#include <grpcpp/impl/codegen/service_type.h>

#include <memory>
#include <string>
#include <vector>

#include "brink/protocols/grpc.h"

namespace brink::net {

// A service whose unary methods are the handler's, told apart by name at run time: bytes in, bytes
// out, so that no generated stub is needed and a protocol is added without touching net/.
std::unique_ptr<grpc::Service> MakeUnaryService(protocols::GrpcHandler& handler);

// Server reflection under both names; `services` are the full service names that it lists.
// Descriptors come from protobuf's generated pool.
std::unique_ptr<grpc::Service> MakeReflectionService(std::vector<std::string> services);

}  // namespace brink::net
