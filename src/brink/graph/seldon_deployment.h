// A SeldonDeployment as users write it for Seldon Core v1 (group machinelearning.seldon.io),
// reduced to what one process on one machine can honour: one predictor with one TFLite model.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "brink/base/result.h"
#include "brink/graph/parameter.h"

namespace brink::graph {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

// Seldon's PredictiveUnit.
struct GraphNode {
  std::string name;
  std::string implementation;         // "TFLITE_SERVER"
  std::string model_uri;              // modelUri, else the parameter model_uri
  std::vector<Parameter> parameters;  // names are distinct
  std::optional<int> http_port;       // endpoint.httpPort
};

struct SeldonDeployment {
  std::string name;
  std::string name_space;  // empty when the file names none
  std::string predictor;
  NamedTexts annotations;  // the predictor's
  GraphNode graph;
  NamedTexts env;  // literal values of the container that is named like the graph's node
  // Fields without meaning on one machine (nodeName, resources, replicas ...), each once.
  std::vector<std::string> ignored;
  // Other documents of the file: "Service 'web'".
  std::vector<std::string> other_documents;
};

// Reads the first SeldonDeployment of `text` (YAML or JSON, several documents allowed). Pod fields
// are passed over and named in `ignored`; an unknown field of the deployment itself, a graph with
// children or another implementation than TFLITE_SERVER are errors. `file` opens every message:
// "mask.yaml:12: graph: unknown field 'modelURI' (did you mean 'modelUri'?)".
Result<SeldonDeployment> ParseSeldonDeployment(std::string_view text, std::string_view file);

}  // namespace brink::graph
