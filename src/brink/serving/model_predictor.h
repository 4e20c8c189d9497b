// A model as a Predictor: checks a request against the model's inputs, runs it on a session of the
// pool, copies the outputs. Any thread may call it. What is not a prediction (transforms, feedback,
// ...) is answered as by a component that implements nothing else.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "brink/api/component_predictor.h"
#include "brink/api/predictor.h"
#include "brink/base/result.h"
#include "brink/serving/session_pool.h"

namespace brink::serving {

struct ModelPredictorOptions {
  std::string input_tensor_name;  // which input a tensor without a name is for; empty: the only one
  std::string output_tensor_name;  // the one that is answered; empty: all that the plan computes,
                                   // in its order
  // A request may bring this many rows to a model whose inputs and outputs begin with 1: they run
  // one after another on one session, and the answer has as many.
  int64_t max_rows = 1;
  std::string name;  // for Describe
  std::vector<std::string> versions;
};

class ModelPredictor final : public api::Predictor {
 public:
  // kNotFound for a tensor name that the plan lacks: "Tensor name not found: 'nope', the model has:
  // a, b". kFailedPrecondition for max_rows above 1 where the model has no rows: an extent other
  // than 1 at the front, strings, or variables that would mix the rows.
  static Result<std::unique_ptr<ModelPredictor>> Create(std::shared_ptr<SessionPool> pool,
                                                        ModelPredictorOptions options);

  // Takes one tensor without a name, or as many as the model has inputs, each named; of other kinds
  // of payload what api::ToTensor takes. The shape must be the input's, but for max_rows. For an
  // integer input the numbers are the stored ones, as numpy's int8(X): whole and in range; the
  // client quantises. Answers api::Tensors of the outputs' own types, named. kInvalidArgument says
  // what was expected and what came: "input 'x': shape [1, 2], model wants [1, 4]"; the pool's
  // errors are passed on.
  void Predict(api::InferRequest request, api::Context context, Callback done) override;

  api::ModelDescription Describe() const override;

  const SessionPool& pool() const { return *pool_; }

 private:
  struct Binding;  // which of the plan's tensors are meant: shared with the jobs
  struct Work;     // one request
  ModelPredictor(std::shared_ptr<SessionPool> pool, std::shared_ptr<const Binding> binding,
                 ModelPredictorOptions options);

  std::shared_ptr<SessionPool> pool_;
  std::shared_ptr<const Binding> binding_;
  ModelPredictorOptions options_;
  api::ComponentPredictor other_methods_;
};

}  // namespace brink::serving
