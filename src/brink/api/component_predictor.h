// A Component as a Predictor: picks the method, gathers tags, metrics and class names.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "brink/api/component.h"
#include "brink/api/predictor.h"

namespace brink::api {

struct ComponentOptions {
  // Whose choice meta.routing of a feedback tells; Seldon's PREDICTIVE_UNIT_ID.
  std::string unit_id = "0";
  // One call at a time, GetTags and GetMetrics included: for components that keep state.
  bool serialized = false;
  // Where calls run; null: on the caller's thread, for components that never wait.
  std::function<void(std::function<void()>)> executor;
};

class ComponentPredictor : public Predictor {
 public:
  explicit ComponentPredictor(std::unique_ptr<Component> component, ComponentOptions options = {});

  // The answer's meta holds only the component's own tags and metrics. An exception that the
  // component throws becomes kInternal.
  void Predict(InferRequest request, Context context, Callback done) override;
  void HealthStatus(Callback done) override;
  ModelDescription Describe() const override;
  bool TakesRaw(Method method) const override;

 private:
  using Call = std::function<Result<InferResponse>()>;
  void Run(Call call, Callback done);
  Result<InferResponse> Dispatch(InferRequest request);
  Result<InferResponse> DispatchRaw(InferRequest request);
  Result<InferResponse> DispatchRoute(Message input);
  Result<Answer> Ask(InferRequest request);
  Result<InferResponse> Complete(Answer answer);

  std::unique_ptr<Component> component_;
  ComponentOptions options_;
  std::mutex mutex_;  // held through a call where options_.serialized
};

}  // namespace brink::api
