#pragma once

#include "brink/api/component.h"

namespace brink::testing {

// Uses every face of a component; names and meta of the last request come back as tags.
class Full : public api::Component {
 public:
  explicit Full(const json::Object& parameters);

  Result<api::Answer> Predict(api::Message input) override;
  Result<api::Answer> SendFeedback(api::Feedback feedback) override;
  Result<api::Answer> HealthStatus() override;
  api::Tags GetTags() override;
  std::vector<api::Metric> GetMetrics() override;
  std::optional<std::vector<std::string>> ClassNames() override;
  json::Object Metadata() const override;

 private:
  json::Value greeting_ = "hi";
  json::Value scale_ = 1.0;
  json::Value n_ = 3;
  json::Value flag_ = false;
  json::Array seen_names_;
  json::Array seen_meta_keys_;
};

}  // namespace brink::testing
