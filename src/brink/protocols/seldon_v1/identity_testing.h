// A component for fuzzers that answers every method with what it was asked: all that a request can
// hold comes out again.
#pragma once

#include <utility>

#include "brink/api/component.h"

namespace brink::testing {

struct Mirror final : api::Component {
  Result<api::Answer> Predict(api::Message input) override {
    return api::Answer{.payload = std::move(input.payload), .tags = std::move(input.meta.tags)};
  }
  Result<api::Branch> Route(api::Message) override { return api::Branch{.child = 1}; }
  Result<api::Answer> Aggregate(std::vector<api::Message> inputs) override {
    return api::Answer{.payload = std::move(inputs.back().payload)};
  }
  Result<api::Answer> SendFeedback(api::Feedback feedback) override {
    return api::Answer{.payload = std::move(feedback.truth.payload)};
  }
};

}  // namespace brink::testing
