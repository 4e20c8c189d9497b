// What the deployment tells the Seldon layer; the environment variables that Seldon's operator sets
// are read elsewhere.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace brink::protocols::seldon_v1 {

struct SeldonOptions {
  std::string unit_id;  // PREDICTIVE_UNIT_ID; empty: answers carry no requestPath
  std::string image = "NOT_IMPLEMENTED:NOT_IMPLEMENTED";  // PREDICTIVE_UNIT_IMAGE, in requestPath
  std::string image_name;            // of `image` before its tag: /metadata's default name
  std::string image_version;         // of `image`, its tag: /metadata's default version
  std::string model_metadata;        // MODEL_METADATA: YAML whose keys replace /metadata's
  bool metrics_in_response = true;   // INCLUDE_METRICS_IN_CLIENT_RESPONSE
  bool payload_passthrough = false;  // PAYLOAD_PASSTHROUGH: /predict hands bytes on, undecoded
  std::optional<std::chrono::milliseconds> timeout;  // annotation seldon.io/rest-timeout
};

}  // namespace brink::protocols::seldon_v1
