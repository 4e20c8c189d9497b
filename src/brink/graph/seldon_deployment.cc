#include "brink/graph/seldon_deployment.h"

#include <algorithm>
#include <array>
#include <optional>

#include "brink/base/yaml.h"
#include "brink/graph/deployment_reader.h"

// Field names: the CRD of Seldon Core 1.18 (seldondeployments.machinelearning.seldon.io).
namespace brink::graph {
namespace {

constexpr std::string_view kGroup = "machinelearning.seldon.io/";
constexpr std::array<std::string_view, 3> kVersions = {"v1", "v1alpha2", "v1alpha3"};

constexpr FieldRule kDocumentFields[] = {
    {"apiVersion"}, {"kind"}, {"metadata"}, {"spec"}, {"status", false}};
constexpr FieldRule kSpecFields[] = {{"name"},
                                     {"predictors"},
                                     {"protocol"},
                                     {"serverType"},
                                     {"transport", false},
                                     {"annotations", false},
                                     {"replicas", false},
                                     {"oauth_key", false},
                                     {"oauth_secret", false}};
constexpr FieldRule kPredictorFields[] = {{"name"},
                                          {"graph"},
                                          {"componentSpecs"},
                                          {"annotations"},
                                          {"labels", false},
                                          {"replicas", false},
                                          {"traffic", false},
                                          {"explainer", false},
                                          {"shadow", false},
                                          {"ssl", false},
                                          {"engineResources", false},
                                          {"svcOrchSpec", false},
                                          {"progressDeadlineSeconds", false}};
constexpr FieldRule kNodeFields[] = {{"name"},
                                     {"implementation"},
                                     {"modelUri"},
                                     {"type"},
                                     {"parameters"},
                                     {"endpoint"},
                                     {"children"},
                                     {"methods", false},
                                     {"logger", false},
                                     {"serviceAccountName", false},
                                     {"envSecretRefName", false},
                                     {"storageInitializerImage", false}};
constexpr FieldRule kEndpointFields[] = {{"httpPort"},
                                         {"type", false},
                                         {"grpcPort", false},
                                         {"service_host", false},
                                         {"service_port", false}};
constexpr FieldRule kParameterFields[] = {{"name"}, {"value"}, {"type"}};

std::string Quoted(std::string_view text) { return "'" + std::string(text.substr(0, 80)) + "'"; }

std::string_view PlainText(const yaml::Node& map, std::string_view key) {
  const yaml::Node* node = DeploymentReader::Field(map, key);
  return node != nullptr ? std::string_view(node->text) : std::string_view();
}

Result<Parameter> ReadParameter(DeploymentReader& reader, const yaml::Node& node) {
  BRINK_TRY(reader.CheckFields(node, "graph: parameters", kParameterFields));
  Parameter parameter{.line = node.line};
  BRINK_ASSIGN(parameter.name, reader.NeededText(node, "graph: parameters", "name"));
  const std::string where = "graph: parameter " + Quoted(parameter.name);
  BRINK_ASSIGN(parameter.value, reader.Text(node, where, "value"));
  BRINK_ASSIGN(const std::string type_name, reader.Text(node, where, "type"));
  const auto type = ParseParameterType(type_name.empty() ? "STRING" : type_name);
  if (!type) return reader.FailAt(node.Find("type")->line, where + ": " + type.error().message);
  parameter.type = *type;
  if (const Status fits = CheckValue(parameter.value, parameter.type); !fits) {
    const yaml::Node* value = DeploymentReader::Field(node, "value");
    return reader.FailAt(value != nullptr ? value->line : node.line,
                         where + ": " + fits.error().message);
  }
  return parameter;
}

Result<std::vector<Parameter>> ReadParameters(DeploymentReader& reader, const yaml::Node& graph) {
  BRINK_ASSIGN(const auto items, reader.List(graph, "graph", "parameters"));
  std::vector<Parameter> parameters;
  for (const yaml::Node& item : items) {
    BRINK_ASSIGN(Parameter parameter, ReadParameter(reader, item));
    const bool twice = std::any_of(parameters.begin(), parameters.end(),
                                   [&](const Parameter& p) { return p.name == parameter.name; });
    if (twice) {
      return reader.FailAt(item.line,
                           "graph: parameter " + Quoted(parameter.name) + " stands twice");
    }
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

Result<std::optional<int>> ReadHttpPort(DeploymentReader& reader, const yaml::Node& graph) {
  const yaml::Node* endpoint = DeploymentReader::Field(graph, "endpoint");
  if (endpoint == nullptr) return std::optional<int>();
  BRINK_TRY(reader.CheckFields(*endpoint, "graph: endpoint", kEndpointFields));
  const yaml::Node* port = DeploymentReader::Field(*endpoint, "httpPort");
  if (port == nullptr) return std::optional<int>();
  BRINK_ASSIGN(const int64_t number,
               reader.InFile(yaml::AsInt(*port, "graph: endpoint: httpPort")));
  if (number < 1 || number > 65535) {
    return reader.FailAt(
        port->line, "graph: endpoint: httpPort: want 1 to 65535, got " + std::to_string(number));
  }
  return std::optional<int>(static_cast<int>(number));
}

// Refuses what a graph may hold and brink does not serve.
Status CheckKind(const DeploymentReader& reader, const yaml::Node& graph, std::string_view name) {
  const std::string where = "graph: " + Quoted(name) + ": ";
  BRINK_ASSIGN(const auto children, reader.List(graph, "graph", "children"));
  if (!children.empty()) {
    return reader.FailAt(graph.Find("children")->line,
                         where + "children are not supported yet: one model without children is",
                         Code::kUnimplemented);
  }
  BRINK_ASSIGN(const std::string type, reader.Text(graph, "graph", "type"));
  if (!type.empty() && type != "MODEL" && type != "UNKNOWN_TYPE") {
    return reader.FailAt(graph.Find("type")->line,
                         where + "type " + Quoted(type) + " is not supported yet: MODEL is",
                         Code::kUnimplemented);
  }
  BRINK_ASSIGN(const std::string implementation, reader.Text(graph, "graph", "implementation"));
  if (implementation == "TFLITE_SERVER") return {};
  const int line = implementation.empty() ? graph.line : graph.Find("implementation")->line;
  const std::string got = implementation.empty() ? "is missing" : Quoted(implementation);
  return reader.FailAt(line, where + "implementation " + got + ": supported is TFLITE_SERVER",
                       Code::kUnimplemented);
}

Result<GraphNode> ReadNode(DeploymentReader& reader, const yaml::Node& graph) {
  BRINK_TRY(reader.CheckFields(graph, "graph", kNodeFields));
  GraphNode node;
  BRINK_ASSIGN(node.name, reader.NeededText(graph, "graph", "name"));
  BRINK_TRY(CheckKind(reader, graph, node.name));
  BRINK_ASSIGN(node.implementation, reader.Text(graph, "graph", "implementation"));
  BRINK_ASSIGN(node.parameters, ReadParameters(reader, graph));
  BRINK_ASSIGN(node.model_uri, reader.Text(graph, "graph", "modelUri"));
  for (const Parameter& parameter : node.parameters) {
    if (node.model_uri.empty() && parameter.name == "model_uri") node.model_uri = parameter.value;
  }
  if (node.model_uri.empty()) return reader.FailAt(graph.line, "graph: 'modelUri' is missing");
  BRINK_ASSIGN(node.http_port, ReadHttpPort(reader, graph));
  return node;
}

Status ReadEnv(DeploymentReader& reader, const yaml::Node& container, NamedTexts& env) {
  BRINK_ASSIGN(const auto items, reader.List(container, "container", "env"));
  for (const yaml::Node& item : items) {
    constexpr std::array<std::string_view, 2> kHonoured = {"name", "value"};
    BRINK_TRY(reader.PassOver(item, "container: env", kHonoured));
    BRINK_ASSIGN(std::string name, reader.NeededText(item, "container: env", "name"));
    if (DeploymentReader::Field(item, "valueFrom") != nullptr) continue;
    BRINK_ASSIGN(std::string value, reader.Text(item, "container: env: " + Quoted(name), "value"));
    env.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

Status ReadContainers(DeploymentReader& reader, const yaml::Node& pod,
                      SeldonDeployment& deployment) {
  BRINK_ASSIGN(const auto containers, reader.List(pod, "componentSpecs: spec", "containers"));
  for (const yaml::Node& container : containers) {
    BRINK_ASSIGN(const std::string name, reader.NeededText(container, "container", "name"));
    if (name != deployment.graph.name) {
      reader.NoteIgnored("container " + Quoted(name));
      continue;
    }
    constexpr std::array<std::string_view, 2> kHonoured = {"name", "env"};
    BRINK_TRY(reader.PassOver(container, "container", kHonoured));
    BRINK_TRY(ReadEnv(reader, container, deployment.env));
  }
  return {};
}

Status ReadComponentSpecs(DeploymentReader& reader, const yaml::Node& predictor,
                          SeldonDeployment& deployment) {
  BRINK_ASSIGN(const auto specs, reader.List(predictor, "predictor", "componentSpecs"));
  for (const yaml::Node& spec : specs) {
    constexpr std::array<std::string_view, 2> kHonoured = {"spec", "metadata"};
    BRINK_TRY(reader.PassOver(spec, "componentSpecs", kHonoured));
    const yaml::Node* pod = DeploymentReader::Field(spec, "spec");
    if (pod == nullptr) continue;
    constexpr std::array<std::string_view, 1> kPodHonoured = {"containers"};
    BRINK_TRY(reader.PassOver(*pod, "componentSpecs: spec", kPodHonoured));
    BRINK_TRY(ReadContainers(reader, *pod, deployment));
  }
  return {};
}

Result<NamedTexts> ReadAnnotations(const DeploymentReader& reader, const yaml::Node& predictor) {
  NamedTexts annotations;
  const yaml::Node* map = DeploymentReader::Field(predictor, "annotations");
  if (map == nullptr) return annotations;
  for (const yaml::Entry& entry : map->entries) {
    BRINK_ASSIGN(std::string value, reader.InFile(yaml::AsText(entry.value, "annotations")));
    annotations.emplace_back(entry.key, std::move(value));
  }
  return annotations;
}

Status ReadPredictor(DeploymentReader& reader, const yaml::Node& predictor,
                     SeldonDeployment& deployment) {
  BRINK_TRY(reader.CheckFields(predictor, "predictor", kPredictorFields));
  BRINK_ASSIGN(deployment.predictor, reader.NeededText(predictor, "predictor", "name"));
  BRINK_ASSIGN(deployment.annotations, ReadAnnotations(reader, predictor));
  const yaml::Node* graph = DeploymentReader::Field(predictor, "graph");
  if (graph == nullptr) {
    return reader.FailAt(predictor.line,
                         "predictor " + Quoted(deployment.predictor) + ": 'graph' is missing");
  }
  BRINK_ASSIGN(deployment.graph, ReadNode(reader, *graph));
  return ReadComponentSpecs(reader, predictor, deployment);
}

// The wire that spec.protocol and spec.serverType ask for must be one that brink speaks.
Status CheckProtocol(const DeploymentReader& reader, const yaml::Node& spec) {
  BRINK_ASSIGN(const std::string protocol, reader.Text(spec, "spec", "protocol"));
  if (!protocol.empty() && protocol != "seldon") {
    return reader.FailAt(spec.Find("protocol")->line,
                         "spec: protocol " + Quoted(protocol) + " is not supported yet: seldon is",
                         Code::kUnimplemented);
  }
  BRINK_ASSIGN(const std::string server, reader.Text(spec, "spec", "serverType"));
  if (!server.empty() && server != "rpc") {
    return reader.FailAt(spec.Find("serverType")->line,
                         "spec: serverType " + Quoted(server) + " is not supported: rpc is",
                         Code::kUnimplemented);
  }
  return {};
}

Result<const yaml::Node*> OnlyPredictor(const DeploymentReader& reader, const yaml::Node& spec) {
  BRINK_ASSIGN(const auto predictors, reader.List(spec, "spec", "predictors"));
  if (predictors.size() == 1) return &predictors.front();
  if (predictors.empty()) return reader.FailAt(spec.line, "spec: 'predictors' is missing or empty");
  std::string names;
  for (const yaml::Node& predictor :
       predictors.subspan(0, std::min<size_t>(predictors.size(), 8))) {
    names += (names.empty() ? "" : ", ") + Quoted(PlainText(predictor, "name"));
  }
  return reader.FailAt(spec.Find("predictors")->line,
                       "spec: " + std::to_string(predictors.size()) + " predictors (" + names +
                           "): one is supported for now, leave the one to be served",
                       Code::kUnimplemented);
}

Status CheckVersion(const DeploymentReader& reader, const yaml::Node& document) {
  BRINK_ASSIGN(const std::string version, reader.NeededText(document, "", "apiVersion"));
  for (const std::string_view known : kVersions) {
    if (version.starts_with(kGroup) && version.substr(kGroup.size()) == known) return {};
  }
  return reader.FailAt(
      document.Find("apiVersion")->line,
      "apiVersion " + Quoted(version) +
          ": want machinelearning.seldon.io/v1 (v1alpha2 and v1alpha3 are read too)");
}

Result<SeldonDeployment> ReadDeployment(DeploymentReader& reader, const yaml::Node& document) {
  BRINK_TRY(CheckVersion(reader, document));
  BRINK_TRY(reader.CheckFields(document, "", kDocumentFields));
  SeldonDeployment deployment;
  const yaml::Node* metadata = DeploymentReader::Field(document, "metadata");
  if (metadata == nullptr) return reader.FailAt(document.line, "'metadata' is missing");
  BRINK_ASSIGN(deployment.name, reader.NeededText(*metadata, "metadata", "name"));
  BRINK_ASSIGN(deployment.name_space, reader.Text(*metadata, "metadata", "namespace"));
  const yaml::Node* spec = DeploymentReader::Field(document, "spec");
  if (spec == nullptr) return reader.FailAt(document.line, "'spec' is missing");
  BRINK_TRY(reader.CheckFields(*spec, "spec", kSpecFields));
  BRINK_TRY(CheckProtocol(reader, *spec));
  BRINK_ASSIGN(const yaml::Node* predictor, OnlyPredictor(reader, *spec));
  BRINK_TRY(ReadPredictor(reader, *predictor, deployment));
  deployment.ignored = reader.TakeIgnored();
  return deployment;
}

// "Service 'web'"
std::string DocumentName(const yaml::Node& document) {
  const yaml::Node* metadata = DeploymentReader::Field(document, "metadata");
  std::string name(PlainText(document, "kind").substr(0, 80));
  if (name.empty()) name = "a document without kind";
  if (metadata != nullptr) name += " " + Quoted(PlainText(*metadata, "name"));
  return name;
}

}  // namespace

Result<SeldonDeployment> ParseSeldonDeployment(std::string_view text, std::string_view file) {
  DeploymentReader reader(file);
  BRINK_ASSIGN(const auto documents, reader.InFile(yaml::ParseAll(text)));
  const yaml::Node* chosen = nullptr;
  std::vector<std::string> others;
  for (const yaml::Node& document : documents) {
    if (document.kind == yaml::Node::Kind::kNull) continue;
    if (chosen == nullptr && PlainText(document, "kind") == "SeldonDeployment") {
      chosen = &document;
    } else if (others.size() < 20) {
      others.push_back(DocumentName(document));
    }
  }
  if (chosen == nullptr) {
    std::string message = std::string(file) + ": no document of kind SeldonDeployment";
    if (!others.empty()) message += ", only " + others.front();
    return Fail(Code::kInvalidArgument, std::move(message));
  }
  BRINK_ASSIGN(SeldonDeployment deployment, ReadDeployment(reader, *chosen));
  deployment.other_documents = std::move(others);
  return deployment;
}

}  // namespace brink::graph
