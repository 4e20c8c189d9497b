#include "brink/graph/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "brink/base/yaml.h"

namespace brink::graph {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kDeployment = R"(apiVersion: machinelearning.seldon.io/v1
kind: SeldonDeployment
metadata:
  name: mask
  namespace: edge
spec:
  predictors:
  - name: default
    replicas: 3
    graph:
      name: model
      implementation: TFLITE_SERVER
      modelUri: https://example.com/mask.tflite
    componentSpecs:
    - hpaSpec:
        maxReplicas: 7
        metrics:
        - type: Resource
          resource:
            name: cpu
            targetAverageUtilization: 60
      spec:
        nodeName: raspberry
        tolerations:
        - key: node-role.kubernetes.io/edge
          operator: Exists
        volumes:
        - name: brink-cache
          hostPath:
            path: /var/lib/brink
        containers:
        - name: model
          image: registry.local:5000/brink:9
          env:
          - name: BRINK_THREADS
            value: "2"
          resources:
            limits:
              memory: 128Mi
        - name: other
          image: other
)";

std::string Render(std::string_view text, const ManifestOptions& options) {
  const auto rendered = RenderManifests(text, "mask.yaml", options);
  return rendered ? *rendered : rendered.error().message;
}
std::string Render(const ManifestOptions& options = {.image = "brink:1"}) {
  return Render(kDeployment, options);
}

// The value at "0/spec/replicas": document, then keys and numbers of items.
std::string At(const std::string& rendered, const std::string& path) {
  const auto documents = yaml::ParseAll(rendered);
  if (!documents) return documents.error().message;
  std::vector<std::string> parts;
  for (size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = path.find('/', begin);
    parts.push_back(path.substr(begin, end - begin));
  }
  const yaml::Node* node = &documents->at(std::stoul(parts[0]));
  for (size_t i = 1; i < parts.size() && node != nullptr; ++i) {
    const bool is_list = node->kind == yaml::Node::Kind::kList;
    node = is_list ? &node->items.at(std::stoul(parts[i])) : node->Find(parts[i]);
  }
  return node == nullptr ? "(absent)" : node->text;
}

TEST(Manifests, TheDeploymentsFileIsServedFromAConfigMap) {
  const std::string rendered = Render();
  EXPECT_EQ(At(rendered, "0/kind"), "ConfigMap");
  EXPECT_EQ(At(rendered, "0/metadata/namespace"), "edge");
  EXPECT_EQ(At(rendered, "0/data/seldondeployment.yaml"), kDeployment);
  EXPECT_EQ(At(rendered, "1/kind"), "Deployment");
  EXPECT_EQ(At(rendered, "1/spec/template/spec/containers/0/args/2"),
            "/etc/brink/seldondeployment.yaml");
  EXPECT_EQ(At(rendered, "2/kind"), "Service");
  EXPECT_EQ(At(rendered, "2/spec/ports/0/port"), "9000");
}

TEST(Manifests, ThePodTakesOverWhatTheFileSaysOfIt) {
  const std::string rendered = Render();
  EXPECT_EQ(At(rendered, "1/spec/replicas"), "3");
  const std::string pod = "1/spec/template/spec/";
  EXPECT_EQ(At(rendered, pod + "nodeName"), "raspberry");
  EXPECT_EQ(At(rendered, pod + "tolerations/0/key"), "node-role.kubernetes.io/edge");
  EXPECT_EQ(At(rendered, pod + "volumes/1/hostPath/path"), "/var/lib/brink");
  EXPECT_EQ(At(rendered, pod + "volumes/1/emptyDir"), "(absent)");
  EXPECT_EQ(At(rendered, pod + "containers/0/image"), "registry.local:5000/brink:9");
  EXPECT_EQ(At(rendered, pod + "containers/0/env/1/name"), "BRINK_THREADS");
  EXPECT_EQ(At(rendered, pod + "containers/0/resources/limits/memory"), "128Mi");
  EXPECT_EQ(At(rendered, pod + "containers/0/resources/requests/cpu"), "250m");
}

TEST(Manifests, PortsAreListenedOnAndOfferedWhereAskedFor) {
  const std::string rendered =
      Render({.image = "brink:1", .http_port = 80, .grpc_port = 9500, .metrics_port = 6000});
  const std::string container = "1/spec/template/spec/containers/0/";
  EXPECT_EQ(At(rendered, container + "args/3"), "--http-port=80");
  EXPECT_EQ(At(rendered, container + "args/4"), "--grpc-port=9500");
  EXPECT_EQ(At(rendered, container + "ports/2/containerPort"), "6000");
  EXPECT_EQ(At(rendered, "2/spec/ports/1/targetPort"), "grpc");
  EXPECT_EQ(At(rendered, "1/spec/template/metadata/annotations/prometheus.io~1port"), "(absent)");
  EXPECT_THAT(rendered, HasSubstr("prometheus.io/port: \"6000\""));
  EXPECT_THAT(Render(), Not(HasSubstr("grpc")));
}

TEST(Manifests, AnAutoscalerTakesItsLimitsFromTheFileAndTheReplicasFromTheDeployment) {
  const std::string rendered = Render({.image = "brink:1", .autoscaler = true});
  EXPECT_EQ(At(rendered, "3/kind"), "HorizontalPodAutoscaler");
  EXPECT_EQ(At(rendered, "3/spec/maxReplicas"), "7");
  EXPECT_EQ(At(rendered, "3/spec/metrics/0/resource/target/averageUtilization"), "60");
  EXPECT_EQ(At(rendered, "3/spec/scaleTargetRef/name"), "mask");
  EXPECT_EQ(At(rendered, "1/spec/replicas"), "(absent)");
}

TEST(Manifests, NamesThatKubernetesRefusesAreNamed) {
  std::string text(kDeployment);
  text.replace(text.find("name: mask"), 10, "name: Mask");
  EXPECT_THAT(Render(text, {.image = "brink:1"}),
              HasSubstr("mask.yaml: metadata: name: 'Mask' is no name for Kubernetes"));
  EXPECT_THAT(Render({.image = "a b"}), HasSubstr("image 'a b': want a name"));
}

}  // namespace
}  // namespace brink::graph
