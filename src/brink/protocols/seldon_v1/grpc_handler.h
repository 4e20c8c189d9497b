// Seldon's gRPC services over a Predictor: Model, Generic, Transformer, OutputTransformer, Router,
// Combiner and the executor's Seldon. What happens around the component is the wrapper's, as for
// REST.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "brink/api/observer.h"
#include "brink/api/predictor.h"
#include "brink/protocols/grpc.h"
#include "brink/protocols/seldon_v1/options.h"

namespace brink::protocols::seldon_v1 {

// Errors have the codes of what went wrong (INVALID_ARGUMENT, UNIMPLEMENTED ...) and a message that
// never repeats the input. Components that take requests raw get the serialised message as Bytes
// and answer with one.
class GrpcHandler : public protocols::GrpcHandler {
 public:
  // `predictor` and `observer` (may be null) outlive this and every call.
  GrpcHandler(api::Predictor& predictor, SeldonOptions options, api::Observer* observer = nullptr);

  const std::vector<std::string>& Methods() const override { return methods_; }
  void Handle(GrpcRequest request, GrpcResponder respond) override;

 private:
  struct Call;

  void Answer(GrpcRequest request, const std::shared_ptr<Call>& call);
  Result<std::string> Finish(Call& call, Result<api::InferResponse> response) const;
  void Respond(Call& call, Result<std::string> answer) const;

  api::Predictor& predictor_;
  SeldonOptions options_;
  api::Observer* observer_;
  std::vector<std::string> methods_;
};

}  // namespace brink::protocols::seldon_v1
