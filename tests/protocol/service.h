// A component behind Seldon's REST handler, asked in the same process.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "brink/api/component_predictor.h"
#include "brink/protocols/http.h"
#include "brink/protocols/seldon_v1/handler.h"

namespace brink::testing {

// The options and parameters that Seldon's environment variables mean.
protocols::seldon_v1::SeldonOptions OptionsFrom(
    const std::map<std::string, std::string>& environment);
json::Object ParametersFrom(const std::map<std::string, std::string>& environment);

class Service {
 public:
  Service(std::unique_ptr<api::Component> component,
          const std::map<std::string, std::string>& environment, api::Observer* observer = nullptr);

  // Waits for the answer, which comes before Handle returns.
  protocols::HttpResponse Ask(protocols::HttpRequest request);
  protocols::HttpHandler& handler() { return handler_; }

 private:
  api::ComponentPredictor predictor_;
  protocols::seldon_v1::SeldonHandler handler_;
};

}  // namespace brink::testing
