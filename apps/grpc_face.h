// The gRPC face of one predictor. A build without gRPC (BRINK_GRPC=OFF) has grpc_face_absent.cc in
// place of grpc_face.cc: nothing listens there.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "brink/api/observer.h"
#include "brink/api/predictor.h"
#include "brink/base/result.h"
#include "brink/protocols/seldon_v1/options.h"

namespace brink::apps {

struct GrpcFaceOptions {
  std::string address;
  uint16_t port = 0;
  std::optional<size_t> max_message_bytes;  // both ways; none: the server's default
  protocols::seldon_v1::SeldonOptions seldon;
};

class GrpcFace {
 public:
  // Whether this program was built with gRPC.
  static bool IsBuilt();

  // `predictor` and `observer` outlive this. kAlreadyExists for a port in use, kUnimplemented where
  // this was built without gRPC.
  static Result<std::unique_ptr<GrpcFace>> Listen(const GrpcFaceOptions& options,
                                                  api::Predictor& predictor,
                                                  api::Observer& observer);
  ~GrpcFace();

  int port() const;
  // No new calls; those in flight have `grace` to finish.
  void Stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit GrpcFace(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::apps
