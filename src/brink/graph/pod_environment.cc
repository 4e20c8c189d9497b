#include "brink/graph/pod_environment.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "brink/base/json.h"

namespace brink::graph {
namespace {

constexpr size_t kMostQuoted = 80;  // of a wrong value, in a message

tl::unexpected<Error> Wrong(const std::string& where, std::string_view value,
                            const std::string& wanted) {
  return Fail(Code::kInvalidArgument,
              where + ": '" + std::string(value.substr(0, kMostQuoted)) + "' is not " + wanted);
}

template <class Number>
std::optional<Number> Whole(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

class Reader {
 public:
  explicit Reader(const GetVariable& variable) : variable_(variable) {}

  std::string Text(const std::string& name, const std::string& absent = "") const {
    return variable_(name).value_or(absent);
  }

  // The first of `names` that is set, as a port.
  Result<std::optional<uint16_t>> Port(std::initializer_list<const char*> names) const {
    for (const char* name : names) {
      const auto text = variable_(name);
      if (!text) continue;
      const auto number = Whole<uint16_t>(*text);
      if (!number || *number == 0) return Wrong(name, *text, "a port number from 1 to 65535");
      return number;
    }
    return std::nullopt;
  }

  // The Python wrapper's reading of switches: 1, true and t in any case are on, everything else is
  // off.
  bool Switch(const std::string& name, bool absent) const {
    const auto text = variable_(name);
    if (!text) return absent;
    const std::string lower = Lower(*text);
    return lower == "1" || lower == "true" || lower == "t";
  }

 private:
  const GetVariable& variable_;
};

Result<Parameter> ReadParameter(const json::Value& entry, const std::string& where) {
  const json::Value* fields[3] = {entry.Find("name"), entry.Find("value"), entry.Find("type")};
  for (const auto* field : fields) {
    if (field == nullptr || !field->is<std::string>()) {
      return Fail(Code::kInvalidArgument,
                  where + ": want an object with the texts name, value and type");
    }
  }
  Parameter parameter;
  parameter.name = *fields[0]->get<std::string>();
  parameter.value = *fields[1]->get<std::string>();
  auto type = ParseParameterType(*fields[2]->get<std::string>());
  if (!type) return Fail(type.error().Within(where + " '" + parameter.name + "'"));
  parameter.type = *type;
  const Status checked = CheckValue(parameter.value, parameter.type);
  if (!checked) return Fail(checked.error().Within(where + " '" + parameter.name + "'"));
  return parameter;
}

Result<std::vector<Parameter>> ReadParameters(const std::string& text) {
  const std::string name = "PREDICTIVE_UNIT_PARAMETERS";
  auto parsed = json::Parse(text);
  if (!parsed) return Fail(parsed.error().Within(name));
  const auto* entries = parsed->get<json::Array>();
  if (entries == nullptr)
    return Fail(Code::kInvalidArgument, name + ": want a list of {name, value, type}");
  std::vector<Parameter> parameters;
  for (size_t i = 0; i < entries->size(); ++i) {
    BRINK_ASSIGN(Parameter parameter,
                 ReadParameter((*entries)[i], name + "[" + std::to_string(i) + "]"));
    std::erase_if(parameters, [&](const Parameter& other) { return other.name == parameter.name; });
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

// "repo:5000/org/img:0.3": the tag is what follows the last ':' after the last '/'.
void SplitImage(PodEnvironment& pod) {
  const size_t slash = pod.image.rfind('/');
  const size_t colon = pod.image.find(':', slash == std::string::npos ? 0 : slash);
  pod.image_name = pod.image.substr(0, colon);
  if (colon != std::string::npos) pod.image_version = pod.image.substr(colon + 1);
}

Result<std::string> PredictorVersion(const std::string& labels) {
  if (labels.empty()) return std::string();
  auto parsed = json::Parse(labels);
  if (!parsed) return Fail(parsed.error().Within("PREDICTOR_LABELS"));
  const json::Value* version = parsed->Find("version");
  if (version == nullptr) return std::string();
  const auto* text = version->get<std::string>();
  return text != nullptr ? *text : json::Write(*version);
}

// Undoes Go's strconv.Quote, as far as annotations need it.
std::string Unquote(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"')
    return std::string(quoted);
  std::string text;
  for (size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] != '\\' || i + 2 >= quoted.size()) {
      text += quoted[i];
      continue;
    }
    const char escaped = quoted[++i];
    text += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
  }
  return text;
}

Status ReadAnnotation(std::string_view key, const std::string& value, PodEnvironment& pod) {
  const std::string where = "annotation " + std::string(key);
  if (key == "seldon.io/rest-timeout") {
    const auto milliseconds = Whole<int32_t>(value);
    if (!milliseconds || *milliseconds <= 0) return Wrong(where, value, "a number of milliseconds");
    pod.rest_timeout = std::chrono::milliseconds(*milliseconds);
  } else if (key == "seldon.io/grpc-max-message-size") {
    const auto bytes = Whole<int32_t>(value);
    if (!bytes || *bytes <= 0) return Wrong(where, value, "a number of bytes");
    pod.grpc_max_message_bytes = static_cast<size_t>(*bytes);
  }
  return {};
}

Status ReadAnnotations(std::string_view text, PodEnvironment& pod) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    BRINK_TRY(ReadAnnotation(line.substr(0, equals), Unquote(line.substr(equals + 1)), pod));
  }
  return {};
}

// Pods made before 1.5 have API_TYPE and one port; today's have a port for each protocol. Both
// protocols are served wherever their ports differ.
Status ReadPorts(const Reader& reader, PodEnvironment& pod) {
  const std::string api = Lower(reader.Text("API_TYPE"));
  if (!api.empty() && api != "rest" && api != "grpc") return Wrong("API_TYPE", api, "REST or GRPC");
  const char* shared = "PREDICTIVE_UNIT_SERVICE_PORT";
  const char* http = "PREDICTIVE_UNIT_HTTP_SERVICE_PORT";
  const char* grpc = "PREDICTIVE_UNIT_GRPC_SERVICE_PORT";
  std::optional<uint16_t> http_port;
  std::optional<uint16_t> grpc_port;
  if (api == "grpc") {
    BRINK_ASSIGN(http_port, reader.Port({http, "MLSERVER_HTTP_PORT"}));
    BRINK_ASSIGN(grpc_port, reader.Port({grpc, "MLSERVER_GRPC_PORT", shared}));
  } else {
    BRINK_ASSIGN(http_port, reader.Port({http, "MLSERVER_HTTP_PORT", shared}));
    BRINK_ASSIGN(grpc_port, reader.Port({grpc, "MLSERVER_GRPC_PORT"}));
  }
  pod.http_port = http_port.value_or(pod.http_port);
  if (grpc_port) {
    pod.grpc_port = grpc_port;
    if (*grpc_port == pod.http_port) {
      return Fail(Code::kInvalidArgument, std::string(http) + " and " + grpc + " are both " +
                                              std::to_string(pod.http_port) +
                                              ": want two different ports");
    }
  } else if (pod.grpc_port == pod.http_port) {
    pod.grpc_port.reset();
  }
  BRINK_ASSIGN(const auto metrics,
               reader.Port({"PREDICTIVE_UNIT_METRICS_SERVICE_PORT", "MLSERVER_METRICS_PORT"}));
  pod.metrics_port = metrics.value_or(pod.metrics_port);
  return {};
}

// The kind is checked and means nothing: the routes of every kind are served.
Status ReadServiceType(const Reader& reader, PodEnvironment& pod) {
  constexpr std::array kKinds = {"MODEL", "ROUTER", "TRANSFORMER", "COMBINER", "OUTLIER_DETECTOR"};
  pod.service_type = reader.Text("SERVICE_TYPE", pod.service_type);
  if (std::find(kKinds.begin(), kKinds.end(), pod.service_type) != kKinds.end()) return {};
  return Wrong("SERVICE_TYPE", pod.service_type,
               "MODEL, ROUTER, TRANSFORMER, COMBINER or OUTLIER_DETECTOR");
}

}  // namespace

Result<PodEnvironment> ReadPodEnvironment(const GetVariable& variable,
                                          std::string_view annotations) {
  const Reader reader(variable);
  PodEnvironment pod;
  BRINK_TRY(ReadPorts(reader, pod));
  BRINK_TRY(ReadServiceType(reader, pod));
  pod.component = reader.Text("MODEL_NAME");
  pod.metrics_path = reader.Text("PREDICTIVE_UNIT_METRICS_ENDPOINT",
                                 reader.Text("MLSERVER_METRICS_ENDPOINT", pod.metrics_path));
  if (pod.metrics_path.empty() || pod.metrics_path[0] != '/') {
    return Wrong("PREDICTIVE_UNIT_METRICS_ENDPOINT", pod.metrics_path,
                 "a path that begins with '/'");
  }
  if (const auto parameters = variable("PREDICTIVE_UNIT_PARAMETERS")) {
    BRINK_ASSIGN(pod.parameters, ReadParameters(*parameters));
  }
  pod.model_uri = reader.Text("MLSERVER_MODEL_URI");
  pod.unit_id = reader.Text("PREDICTIVE_UNIT_ID", reader.Text("MLSERVER_MODEL_NAME"));
  pod.image = reader.Text("PREDICTIVE_UNIT_IMAGE");
  SplitImage(pod);
  pod.predictor_id = reader.Text("PREDICTOR_ID");
  BRINK_ASSIGN(pod.predictor_version, PredictorVersion(reader.Text("PREDICTOR_LABELS")));
  pod.deployment_id = reader.Text("SELDON_DEPLOYMENT_ID");
  pod.model_metadata = reader.Text("MODEL_METADATA");
  pod.log_level = reader.Text("SELDON_LOG_LEVEL");
  pod.executor_enabled = reader.Switch("SELDON_EXECUTOR_ENABLED", true);
  pod.metrics_in_response = reader.Switch("INCLUDE_METRICS_IN_CLIENT_RESPONSE", true);
  pod.payload_passthrough = reader.Switch("PAYLOAD_PASSTHROUGH", false);
  pod.access_log = reader.Switch("GUNICORN_ACCESS_LOG", false);
  BRINK_TRY(ReadAnnotations(annotations, pod));
  return pod;
}

std::optional<std::string> ProcessVariable(const std::string& name) {
  const char* value =
      std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody writes the environment
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace brink::graph
