#include "service.h"

#include <optional>

namespace brink::testing {
namespace {

std::string Get(const std::map<std::string, std::string>& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

}  // namespace

protocols::seldon_v1::SeldonOptions OptionsFrom(
    const std::map<std::string, std::string>& environment) {
  protocols::seldon_v1::SeldonOptions options;
  options.unit_id = Get(environment, "PREDICTIVE_UNIT_ID");
  if (const std::string image = Get(environment, "PREDICTIVE_UNIT_IMAGE"); !image.empty()) {
    options.image = image;
    const size_t colon = image.rfind(':');
    options.image_name = image.substr(0, colon);
    options.image_version = image.substr(colon + 1);
  }
  options.model_metadata = Get(environment, "MODEL_METADATA");
  options.metrics_in_response = Get(environment, "INCLUDE_METRICS_IN_CLIENT_RESPONSE") != "false";
  options.payload_passthrough = Get(environment, "PAYLOAD_PASSTHROUGH") == "true";
  return options;
}

json::Object ParametersFrom(const std::map<std::string, std::string>& environment) {
  json::Object parameters;
  const auto list = json::Parse(Get(environment, "PREDICTIVE_UNIT_PARAMETERS"));
  if (!list || !list->is<json::Array>()) return parameters;
  for (const json::Value& parameter : *list->get<json::Array>()) {
    const std::string& name = *parameter.Find("name")->get<std::string>();
    const std::string& type = *parameter.Find("type")->get<std::string>();
    const json::Value& value = *parameter.Find("value");
    const bool text = type == "STRING" || !value.is<std::string>();
    parameters[name] = text ? value : json::Parse(*value.get<std::string>()).value_or(value);
  }
  return parameters;
}

Service::Service(std::unique_ptr<api::Component> component,
                 const std::map<std::string, std::string>& environment, api::Observer* observer)
    : predictor_(std::move(component),
                 {.unit_id = Get(environment, "PREDICTIVE_UNIT_ID"), .serialized = true}),
      handler_(predictor_, OptionsFrom(environment), observer) {}

protocols::HttpResponse Service::Ask(protocols::HttpRequest request) {
  std::optional<protocols::HttpResponse> answer;
  handler_.Handle(std::move(request),
                  [&](protocols::HttpResponse response) { answer = std::move(response); });
  return std::move(answer).value();
}

}  // namespace brink::testing
