#include "brink/api/predictor.h"

#include <future>

namespace brink::api {

std::string_view MethodLabel(Method method) {
  switch (method) {
    case Method::kPredict:
      return "predict";
    case Method::kTransformInput:
      return "inputtransform";
    case Method::kTransformOutput:
      return "outputtransform";
    case Method::kRoute:
      return "router";
    case Method::kAggregate:
      return "aggregate";
    case Method::kSendFeedback:
      return "feedback";
  }
  return "predict";
}

bool Predictor::TakesRaw(Method) const { return false; }

void Predictor::HealthStatus(Callback done) {
  if (const Status ready = Ready(); !ready) {
    done(Fail(ready.error()));
    return;
  }
  InferResponse response;
  response.message.payload = Text{"not implemented - assuming healthy"};
  done(std::move(response));
}

Result<InferResponse> PredictAndWait(Predictor& predictor, InferRequest request, Context context) {
  auto answer = std::make_shared<std::promise<Result<InferResponse>>>();
  auto future = answer->get_future();
  predictor.Predict(std::move(request), std::move(context), [answer](Result<InferResponse> result) {
    answer->set_value(std::move(result));
  });
  return future.get();
}

}  // namespace brink::api
