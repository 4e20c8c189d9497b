#include "grpc_face.h"

namespace brink::apps {

struct GrpcFace::Impl {};

bool GrpcFace::IsBuilt() { return false; }

Result<std::unique_ptr<GrpcFace>> GrpcFace::Listen(const GrpcFaceOptions& options, api::Predictor&,
                                                   api::Observer&) {
  return Fail(Code::kUnimplemented, "gRPC port " + std::to_string(options.port) +
                                        ": this brink was built without gRPC; want 0");
}

GrpcFace::GrpcFace(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GrpcFace::~GrpcFace() = default;

int GrpcFace::port() const { return 0; }
void GrpcFace::Stop(std::chrono::milliseconds) {}

}  // namespace brink::apps
