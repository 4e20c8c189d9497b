// What Seldon's operator tells a container: environment variables and the pod's annotations,
// checked and typed. The variables are those of the Python wrapper (seldon-core 1.18.2), its
// predecessors before 1.5 (API_TYPE, SERVICE_TYPE, MODEL_NAME, one port) and MLServer's of protocol
// v2.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "brink/base/result.h"
#include "brink/graph/parameter.h"

namespace brink::graph {

struct PodEnvironment {
  uint16_t http_port = 9000;
  std::optional<uint16_t> grpc_port = 5000;  // none: an old pod has one port, and it is HTTP's
  uint16_t metrics_port = 6000;
  std::string metrics_path = "/metrics";

  std::vector<Parameter> parameters;  // names are distinct: the last of equal names counts
  std::string model_uri;  // MLSERVER_MODEL_URI, for pods whose parameters have no model_uri

  std::string unit_id;            // PREDICTIVE_UNIT_ID; empty: not told
  std::string image;              // PREDICTIVE_UNIT_IMAGE whole
  std::string image_name;         // of `image`, before the tag
  std::string image_version;      // of `image`, its tag; empty: it has none
  std::string predictor_id;       // PREDICTOR_ID
  std::string predictor_version;  // PREDICTOR_LABELS["version"]
  std::string deployment_id;      // SELDON_DEPLOYMENT_ID
  std::string model_metadata;     // MODEL_METADATA, YAML text
  std::string log_level;          // SELDON_LOG_LEVEL

  // Of images before 1.5, whose command line was made of them: the Python class and its kind.
  std::string component;               // MODEL_NAME
  std::string service_type = "MODEL";  // SERVICE_TYPE

  bool executor_enabled = true;      // SELDON_EXECUTOR_ENABLED
  bool metrics_in_response = true;   // INCLUDE_METRICS_IN_CLIENT_RESPONSE
  bool payload_passthrough = false;  // PAYLOAD_PASSTHROUGH
  bool access_log = false;           // GUNICORN_ACCESS_LOG

  std::optional<std::chrono::milliseconds> rest_timeout;  // annotation seldon.io/rest-timeout
  std::optional<size_t> grpc_max_message_bytes;  // annotation seldon.io/grpc-max-message-size
};

// The value of an environment variable, or nothing.
using GetVariable = std::function<std::optional<std::string>(const std::string& name)>;

// Errors name the variable, what it holds and what would be right. `annotations` is the text of
// /etc/podinfo/annotations (lines of key="value", Go-quoted as the downward API writes them), empty
// when there is none.
Result<PodEnvironment> ReadPodEnvironment(const GetVariable& variable,
                                          std::string_view annotations);

// A variable of this process.
std::optional<std::string> ProcessVariable(const std::string& name);

}  // namespace brink::graph
