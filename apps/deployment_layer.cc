#include "deployment_layer.h"

#include <algorithm>
#include <vector>

#include "brink/base/closest_name.h"

namespace brink::apps {
namespace {

using graph::Parameter;
using graph::ParameterType;

// Read by the graph itself, which knows what wins between it and modelUri.
constexpr std::string_view kModelUri = "model_uri";

std::vector<std::string_view> ParameterNames() {
  std::vector<std::string_view> names = {kModelUri};
  for (const Setting& setting : Settings()) {
    if (setting.is_parameter) names.push_back(setting.name);
  }
  return names;
}

Status UnknownParameter(const Parameter& parameter, const std::string& where) {
  const std::vector<std::string_view> names = ParameterNames();
  std::string hint = DidYouMean(parameter.name, names);
  if (hint.empty()) {
    hint = "; known are";
    for (const std::string_view name : names) hint += " " + std::string(name);
  }
  return Fail(Code::kInvalidArgument,
              where + "unknown parameter '" + parameter.name.substr(0, 80) + "'" + hint);
}

Status AddParameter(const Parameter& parameter, const std::string& where,
                    Configuration& configuration) {
  const bool is_uri = parameter.name == kModelUri;
  const Setting* setting = FindSetting(parameter.name);
  if (!is_uri && (setting == nullptr || !setting->is_parameter)) {
    return UnknownParameter(parameter, where);
  }
  const ParameterType wanted = is_uri                 ? ParameterType::kString
                               : setting->is_number() ? ParameterType::kInt
                               : setting->is_switch() ? ParameterType::kBool
                                                      : ParameterType::kString;
  if (parameter.type != wanted) {
    return Fail(Code::kInvalidArgument, where + "parameter '" + parameter.name + "': type " +
                                            std::string(ParameterTypeName(parameter.type)) +
                                            ", want " + std::string(ParameterTypeName(wanted)));
  }
  if (is_uri) return {};
  return configuration.Set(*setting, {parameter.value}, Origin::kFile,
                           where + "parameter '" + parameter.name + "'");
}

}  // namespace

Status AddParameters(std::span<const graph::Parameter> parameters, const std::string& where,
                     Configuration& configuration) {
  for (const Parameter& parameter : parameters) {
    BRINK_TRY(AddParameter(parameter, where, configuration));
  }
  return {};
}

Status AddDeployment(const graph::SeldonDeployment& deployment, const std::string& file,
                     Configuration& configuration) {
  for (const Parameter& parameter : deployment.graph.parameters) {
    const std::string where = file + ":" + std::to_string(parameter.line) + ": graph: ";
    BRINK_TRY(AddParameter(parameter, where, configuration));
  }
  if (deployment.graph.http_port) {
    BRINK_TRY(configuration.Set(*FindSetting("http_port"),
                                {std::to_string(*deployment.graph.http_port)}, Origin::kFile,
                                file + ": graph: endpoint: httpPort"));
  }
  const auto variable = [&](const std::string& name) -> std::optional<std::string> {
    const auto& env = deployment.env;
    // As in a container: of equal names the last counts.
    const auto found = std::find_if(env.rbegin(), env.rend(),
                                    [&](const auto& pair) { return pair.first == name; });
    if (found == env.rend()) return std::nullopt;
    return found->second;
  };
  return configuration.SetFromEnvironment(variable, Origin::kFile, file + ": container: env ");
}

}  // namespace brink::apps
