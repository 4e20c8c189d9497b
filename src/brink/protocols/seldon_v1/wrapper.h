// What Seldon's wrapper does around a component, the same for JSON and protobuf: which of the
// request's meta comes back, how the component's own joins it, in which form the payload goes out
// and under which names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "brink/api/predictor.h"
#include "brink/base/result.h"
#include "brink/protocols/seldon_v1/message.h"
#include "brink/protocols/seldon_v1/options.h"

namespace brink::protocols::seldon_v1 {

// What of a request its answer depends on.
struct RequestFacts {
  std::string_view method = "health";  // Seldon's label; api::MethodLabel, or "health"
  DataForm form = DataForm::kNone;
  api::Meta meta;  // what comes back of the request's: all for predict and the transformers, only
                   // the puid for route and feedback, for aggregate the messages' merged
};

RequestFacts FactsOf(const WireRequest& request);

// The answer to a request that was not raw. `metrics` receives the component's own metrics before
// they join the request's. Fails with kInvalidArgument where the component gave what cannot be
// answered (nothing, a bare number), with kInternal for an array that has no wire form.
Result<WireAnswer> WrapAnswer(RequestFacts facts, api::InferResponse response,
                              const SeldonOptions& options, std::vector<api::Metric>& metrics);

}  // namespace brink::protocols::seldon_v1
