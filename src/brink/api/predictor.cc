#include "brink/api/predictor.h"

#include <future>

namespace brink::api {

Result<InferResponse> PredictAndWait(Predictor& predictor, InferRequest request, Context context) {
  auto answer = std::make_shared<std::promise<Result<InferResponse>>>();
  auto future = answer->get_future();
  predictor.Predict(std::move(request), std::move(context), [answer](Result<InferResponse> result) {
    answer->set_value(std::move(result));
  });
  return future.get();
}

}  // namespace brink::api
