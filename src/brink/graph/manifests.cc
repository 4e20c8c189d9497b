#include "brink/graph/manifests.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <vector>

#include "brink/base/yaml.h"
#include "brink/base/yaml_writer.h"
#include "brink/graph/deployment_reader.h"
#include "brink/graph/manifest_templates.h"
#include "brink/graph/seldon_deployment.h"

// Field names: Kubernetes' apps/v1, v1 and autoscaling/v2, and the CRD of Seldon Core 1.18.
namespace brink::graph {
namespace {

using yaml::Node;
using Values = std::map<std::string, std::string, std::less<>>;

constexpr size_t kLongestName = 63;
constexpr int kLongestDepth = 40;  // of what is taken over, so that the result can be read again

Node Text(std::string text, bool quoted = false) {
  return {.kind = Node::Kind::kScalar, .quoted = quoted, .text = std::move(text)};
}

Node* Find(Node& map, std::string_view key) {
  const auto found = std::find_if(map.entries.begin(), map.entries.end(),
                                  [&](const yaml::Entry& entry) { return entry.key == key; });
  return found == map.entries.end() ? nullptr : &found->value;
}

// The member of a map, made when it is not there.
Node& At(Node& map, std::string_view key) {
  map.kind = Node::Kind::kMap;
  if (Node* found = Find(map, key)) return *found;
  map.entries.push_back({std::string(key), 0, {}});
  return map.entries.back().value;
}

Node& At(Node& root, std::initializer_list<std::string_view> path) {
  Node* node = &root;
  for (const std::string_view key : path) node = &At(*node, key);
  return *node;
}

void Append(Node& list, Node item) {
  list.kind = Node::Kind::kList;
  list.items.push_back(std::move(item));
}

// The named node with `value` under `key`, as Kubernetes' lists hold them.
Node Named(std::string_view name, std::string_view key, std::string value) {
  Node node{.kind = Node::Kind::kMap};
  node.entries.push_back({"name", 0, Text(std::string(name))});
  node.entries.push_back({std::string(key), 0, Text(std::move(value))});
  return node;
}

// A template with its ${...} replaced. The values hold nothing that YAML would read.
Node Fill(std::string_view form, const Values& values) {
  std::string text(form);
  for (size_t begin = text.find("${"); begin != std::string::npos; begin = text.find("${", begin)) {
    const size_t end = text.find('}', begin);
    const auto value = values.find(text.substr(begin + 2, end - begin - 2));
    text.replace(begin, end + 1 - begin, value->second);
  }
  return yaml::Parse(text).value();
}

// Lower case letters, digits and inner dashes: what names a Service and a container.
bool IsLabel(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= kLongestName && name.front() >= 'a' &&
         fits(name.front()) && fits(name.back()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return fits(c) || c == '-'; });
}

bool IsImage(std::string_view image) {
  return !image.empty() && image.size() <= 255 &&
         std::all_of(image.begin(), image.end(),
                     [](unsigned char c) {
                       return std::isalnum(c) != 0 ||
                              std::string_view("._-/:@").find(char(c)) != std::string_view::npos;
                     }) &&
         std::isalnum(static_cast<unsigned char>(image.front())) != 0 && image.back() != ':';
}

int Depth(const Node& node) {
  int deepest = 0;
  for (const Node& item : node.items) deepest = std::max(deepest, Depth(item));
  for (const auto& entry : node.entries) deepest = std::max(deepest, Depth(entry.value));
  return deepest + 1;
}

// Lays `from` over `to`: maps by key, lists of named things by name, whatever else is replaced.
void Overlay(Node& to, const Node& from);

bool IsNamed(const Node& item) {
  return item.kind == Node::Kind::kMap && item.Find("name") != nullptr;
}

void OverlayList(Node& to, const Node& from) {
  if (!std::all_of(from.items.begin(), from.items.end(), IsNamed)) {
    to = from;
    return;
  }
  for (const Node& item : from.items) {
    const auto same = std::find_if(to.items.begin(), to.items.end(), [&](const Node& other) {
      return IsNamed(other) && other.Find("name")->text == item.Find("name")->text;
    });
    if (same != to.items.end()) {
      *same = item;
    } else {
      to.items.push_back(item);
    }
  }
}

void Overlay(Node& to, const Node& from) {
  if (to.kind == Node::Kind::kMap && from.kind == Node::Kind::kMap) {
    for (const auto& entry : from.entries) {
      if (entry.value.kind != Node::Kind::kNull) Overlay(At(to, entry.key), entry.value);
    }
  } else if (to.kind == Node::Kind::kList && from.kind == Node::Kind::kList) {
    OverlayList(to, from);
  } else {
    to = from;
  }
}

// What the file says beside what ParseSeldonDeployment keeps.
struct Source {
  SeldonDeployment deployment;
  Node replicas;  // null: not said
  Node pod;       // componentSpecs[0].spec without containers
  Node container;
  Node autoscaler;  // componentSpecs[0].hpaSpec
};

const Node& Member(const Node& node, std::initializer_list<std::string_view> path) {
  static const Node kNull;
  const Node* found = &node;
  for (const std::string_view key : path) {
    found = found->kind == Node::Kind::kMap ? found->Find(key) : nullptr;
    if (found == nullptr) return kNull;
  }
  return *found;
}

const Node& First(const Node& list) {
  static const Node kNull;
  return list.kind == Node::Kind::kList && !list.items.empty() ? list.items.front() : kNull;
}

void ReadPod(const Node& spec, Source& source) {
  source.autoscaler = Member(spec, {"hpaSpec"});
  source.pod = Member(spec, {"spec"});
  const Node* containers =
      source.pod.kind == Node::Kind::kMap ? source.pod.Find("containers") : nullptr;
  if (containers == nullptr) return;
  for (const Node& container : containers->items) {
    if (Member(container, {"name"}).text == source.deployment.graph.name)
      source.container = container;
  }
  std::erase_if(source.pod.entries, [](const auto& entry) { return entry.key == "containers"; });
}

Status CheckNames(const SeldonDeployment& deployment, const std::string& file) {
  const std::pair<std::string_view, const std::string*> names[] = {
      {"metadata: name", &deployment.name},
      {"metadata: namespace", &deployment.name_space},
      {"graph: name", &deployment.graph.name}};
  for (const auto& [what, name] : names) {
    if (IsLabel(*name) || (name == &deployment.name_space && name->empty())) continue;
    return Fail(Code::kInvalidArgument,
                file + ": " + std::string(what) + ": '" + name->substr(0, 80) +
                    "' is no name for Kubernetes: want a letter, then letters, digits and inner "
                    "dashes, all in lower case, at most 63");
  }
  return {};
}

Result<Source> ReadSource(std::string_view text, std::string_view file) {
  Source source;
  BRINK_ASSIGN(source.deployment, ParseSeldonDeployment(text, file));
  BRINK_ASSIGN(const std::vector<Node> documents, yaml::ParseAll(text));
  for (const Node& document : documents) {
    if (Member(document, {"kind"}).text != "SeldonDeployment") continue;
    const Node& predictor = First(Member(document, {"spec", "predictors"}));
    source.replicas = Member(predictor, {"replicas"});
    if (source.replicas.kind == Node::Kind::kNull)
      source.replicas = Member(document, {"spec", "replicas"});
    ReadPod(First(Member(predictor, {"componentSpecs"})), source);
    break;
  }
  BRINK_TRY(CheckNames(source.deployment, std::string(file)));
  if (std::max(Depth(source.pod), Depth(source.container)) > kLongestDepth) {
    return Fail(Code::kInvalidArgument,
                std::string(file) + ": componentSpecs: nested deeper than 40 levels");
  }
  return source;
}

void AddPort(Node& deployment_container, Node& service, std::string_view name, int port) {
  if (port == 0) return;
  const std::string number = std::to_string(port);
  Append(At(deployment_container, "args"),
         Text("--" + std::string(name) + "-port=" + number, true));
  Append(At(deployment_container, "ports"), Named(name, "containerPort", number));
  Node entry = Named(name, "port", number);
  At(entry, "targetPort") = Text(std::string(name));
  Append(At(service, {"spec", "ports"}), std::move(entry));
}

void SetNamespace(Node& object, const std::string& name_space) {
  if (!name_space.empty()) At(object, {"metadata", "namespace"}) = Text(name_space);
}

// Whether somebody watches the replicas' number for us: then the Deployment must not name one.
void SetReplicas(Node& deployment, const Source& source, bool autoscaler) {
  Node& spec = At(deployment, "spec");
  if (autoscaler) {
    std::erase_if(spec.entries, [](const auto& entry) { return entry.key == "replicas"; });
  } else if (source.replicas.kind == Node::Kind::kScalar) {
    At(spec, "replicas") = source.replicas;
  }
}

Node Autoscaler(const Source& source, const Values& values) {
  Node object = Fill(kAutoscalerTemplate, values);
  Node& spec = At(object, "spec");
  for (const std::string_view key : {"minReplicas", "maxReplicas"}) {
    const Node& value = Member(source.autoscaler, {key});
    if (value.kind == Node::Kind::kScalar) At(spec, key) = value;
  }
  // Seldon has two names for the list, after two versions of Kubernetes' own.
  const Node& metrics = Member(source.autoscaler, {"metricsv2"});
  if (metrics.kind == Node::Kind::kList) At(spec, "metrics") = metrics;
  const Node& percent = Member(First(Member(source.autoscaler, {"metrics"})),
                               {"resource", "targetAverageUtilization"});
  if (metrics.kind != Node::Kind::kList && percent.kind == Node::Kind::kScalar) {
    At(At(spec, "metrics").items.front(), {"resource", "target", "averageUtilization"}) = percent;
  }
  return object;
}

}  // namespace

Result<std::string> RenderManifests(std::string_view text, std::string_view file,
                                    const ManifestOptions& options) {
  BRINK_ASSIGN(const Source source, ReadSource(text, file));
  if (!IsImage(options.image)) {
    return Fail(Code::kInvalidArgument, "image '" + options.image.substr(0, 80) +
                                            "': want a name such as registry:5000/brink:0.1.0");
  }
  const int scraped = options.metrics_port != 0 ? options.metrics_port : options.http_port;
  const Values values = {{"name", source.deployment.name},
                         {"container", source.deployment.graph.name},
                         {"image", options.image},
                         {"http", std::to_string(options.http_port)},
                         {"scraped", std::to_string(scraped)}};
  Node config = Fill(kConfigMapTemplate, values);
  At(config, {"data", "seldondeployment.yaml"}) = Text(std::string(text), true);
  Node deployment = Fill(kDeploymentTemplate, values);
  Node service = Fill(kServiceTemplate, values);
  Node& pod = At(deployment, {"spec", "template", "spec"});
  Node& container = At(pod, "containers").items.front();
  AddPort(container, service, "grpc", options.grpc_port);
  AddPort(container, service, "metrics", options.metrics_port);
  if (source.container.kind == Node::Kind::kMap) Overlay(container, source.container);
  if (source.pod.kind == Node::Kind::kMap) Overlay(pod, source.pod);
  SetReplicas(deployment, source, options.autoscaler);
  std::vector<Node> objects = {std::move(config), std::move(deployment), std::move(service)};
  if (options.autoscaler) objects.push_back(Autoscaler(source, values));
  std::string out;
  for (Node& object : objects) {
    SetNamespace(object, source.deployment.name_space);
    out += (out.empty() ? "" : "---\n") + yaml::Write(object);
  }
  return out;
}

}  // namespace brink::graph
