#include "brink/graph/seldon_deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "brink/base/file.h"

namespace brink::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// What users write, as Seldon's documentation lays it out; the tests replace parts of it.
constexpr std::string_view kMask = R"(apiVersion: machinelearning.seldon.io/v1
kind: SeldonDeployment
metadata:
  name: face-mask-detector
  namespace: examples
spec:
  predictors:
    - annotations:
        seldon.io/no-engine: "true"
      graph:
        name: model
        implementation: TFLITE_SERVER
        modelUri: 'https://example.com/face_mask_detection.tflite'
        parameters:
            - name: input_tensor_name
              value: data_1
              type: STRING
            - name: threads
              value: "2"
              type: INT
        children: []
      componentSpecs:
        - spec:
            nodeName: raspberry
      name: default
)";

std::string With(std::string_view from, std::string_view to) {
  std::string text(kMask);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string ErrorOf(const std::string& text) {
  const auto parsed = ParseSeldonDeployment(text, "mask.yaml");
  return parsed ? "parsed" : parsed.error().message;
}

TEST(SeldonDeployment, IsReadAsUsersWriteIt) {
  const auto parsed = ParseSeldonDeployment(kMask, "mask.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->name, "face-mask-detector");
  EXPECT_EQ(parsed->name_space, "examples");
  EXPECT_EQ(parsed->predictor, "default");
  EXPECT_THAT(parsed->annotations, ElementsAre(Pair("seldon.io/no-engine", "true")));
  EXPECT_EQ(parsed->graph.name, "model");
  EXPECT_EQ(parsed->graph.implementation, "TFLITE_SERVER");
  EXPECT_EQ(parsed->graph.model_uri, "https://example.com/face_mask_detection.tflite");
  ASSERT_EQ(parsed->graph.parameters.size(), 2u);
  EXPECT_EQ(parsed->graph.parameters[0].value, "data_1");
  EXPECT_EQ(parsed->graph.parameters[1].type, ParameterType::kInt);
  EXPECT_EQ(parsed->graph.parameters[1].line, 18);
  EXPECT_THAT(parsed->ignored, ElementsAre("nodeName"));
}

TEST(SeldonDeployment, JsonIsYamlToo) {
  const auto parsed = ParseSeldonDeployment(
      R"({"apiVersion": "machinelearning.seldon.io/v1alpha2", "kind": "SeldonDeployment",
          "metadata": {"name": "m"}, "spec": {"predictors": [{"name": "p", "graph": {
          "name": "model", "implementation": "TFLITE_SERVER", "modelUri": "/m.tflite"}}]}})",
      "m.json");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->graph.model_uri, "/m.tflite");
}

TEST(SeldonDeployment, PodFieldsAreNamedOnceAsIgnored) {
  const auto parsed = ParseSeldonDeployment(With(R"(        - spec:
            nodeName: raspberry
)",
                                                 R"(        - hpaSpec: {maxReplicas: 3}
          spec:
            nodeName: raspberry
            tolerations: [{key: edge}]
            containers:
              - name: model
                image: "brink:0.1"
                resources: {limits: {memory: 100Mi}}
                env:
                  - {name: SELDON_LOG_LEVEL, value: DEBUG}
                  - {name: HOST_IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
                  - {name: EMPTY}
              - name: sidecar
                resources: {}
        - spec: {nodeName: other, containers: []}
      replicas: 2
)"),
                                            "mask.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_THAT(parsed->env, ElementsAre(Pair("SELDON_LOG_LEVEL", "DEBUG"), Pair("EMPTY", "")));
  EXPECT_THAT(parsed->ignored,
              ElementsAre("replicas", "hpaSpec", "nodeName", "tolerations", "image", "resources",
                          "valueFrom", "container 'sidecar'"));
}

TEST(SeldonDeployment, TheFirstOfSeveralDocumentsIsTakenAndTheOthersAreNamed) {
  const std::string text = "kind: Service\nmetadata: {name: web}\n---\n" + std::string(kMask) +
                           "---\n---\n" + std::string(kMask);
  const auto parsed = ParseSeldonDeployment(text, "mask.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->name, "face-mask-detector");
  EXPECT_THAT(parsed->other_documents,
              ElementsAre("Service 'web'", "SeldonDeployment 'face-mask-detector'"));
  EXPECT_EQ(ErrorOf("kind: Service\nmetadata: {name: web}\n"),
            "mask.yaml: no document of kind SeldonDeployment, only Service 'web'");
  EXPECT_EQ(ErrorOf(""), "mask.yaml: no document of kind SeldonDeployment");
}

TEST(SeldonDeployment, TheEndpointsHttpPortIsRead) {
  const auto parsed = ParseSeldonDeployment(
      With("children: []", "endpoint: {type: REST, httpPort: 9005, service_host: x}"), "mask.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->graph.http_port, 9005);
  EXPECT_EQ(ErrorOf(With("children: []", "endpoint: {httpPort: 0}")),
            "mask.yaml:21: graph: endpoint: httpPort: want 1 to 65535, got 0");
}

TEST(SeldonDeployment, TheParameterModelUriStandsInForModelUri) {
  constexpr std::string_view kUri =
      "        modelUri: 'https://example.com/face_mask_detection.tflite'\n";
  const std::string text = With("name: input_tensor_name", "name: model_uri");
  EXPECT_EQ(ParseSeldonDeployment(text, "m")->graph.model_uri,
            "https://example.com/face_mask_detection.tflite");
  std::string without = text;
  without.erase(without.find(kUri), kUri.size());
  EXPECT_EQ(ParseSeldonDeployment(without, "m")->graph.model_uri, "data_1");
}

TEST(SeldonDeployment, UnknownFieldsAreRefusedByNameAndLine) {
  EXPECT_EQ(ErrorOf(With("modelUri", "modelURI")),
            "mask.yaml:13: graph: unknown field 'modelURI' (did you mean 'modelUri'?)");
  EXPECT_EQ(ErrorOf(With("componentSpecs", "componentSpec")),
            "mask.yaml:22: predictor: unknown field 'componentSpec' (did you mean "
            "'componentSpecs'?)");
  EXPECT_EQ(ErrorOf(With("predictors", "zzz")), "mask.yaml:7: spec: unknown field 'zzz'");
  EXPECT_EQ(ErrorOf(With("              value: data_1", "              valu: data_1")),
            "mask.yaml:16: graph: parameters: unknown field 'valu' (did you mean 'value'?)");
}

TEST(SeldonDeployment, WhatIsNotServedYetIsSaid) {
  EXPECT_EQ(ErrorOf(With("children: []", "children: [{name: next}]")),
            "mask.yaml:21: graph: 'model': children are not supported yet: one model without "
            "children is");
  EXPECT_EQ(ErrorOf(With("TFLITE_SERVER", "SKLEARN_SERVER")),
            "mask.yaml:12: graph: 'model': implementation 'SKLEARN_SERVER': supported is "
            "TFLITE_SERVER");
  EXPECT_EQ(ErrorOf(With("        implementation: TFLITE_SERVER\n", "")),
            "mask.yaml:11: graph: 'model': implementation is missing: supported is TFLITE_SERVER");
  EXPECT_EQ(ErrorOf(With("children: []", "type: ROUTER")),
            "mask.yaml:21: graph: 'model': type 'ROUTER' is not supported yet: MODEL is");
  EXPECT_EQ(ErrorOf(With("  predictors:", "  protocol: v2\n  predictors:")),
            "mask.yaml:7: spec: protocol 'v2' is not supported yet: seldon is");
  EXPECT_EQ(ErrorOf(With("      name: default\n", "      name: default\n    - name: canary\n")),
            "mask.yaml:8: spec: 2 predictors ('default', 'canary'): one is supported for now, "
            "leave the one to be served");
  EXPECT_EQ(ErrorOf(With("io/v1", "io/v9")),
            "mask.yaml:1: apiVersion 'machinelearning.seldon.io/v9': want "
            "machinelearning.seldon.io/v1 (v1alpha2 and v1alpha3 are read too)");
}

TEST(SeldonDeployment, MissingAndWrongValuesAreNamed) {
  EXPECT_EQ(
      ErrorOf(With("        modelUri: 'https://example.com/face_mask_detection.tflite'\n", "")),
      "mask.yaml:11: graph: 'modelUri' is missing");
  EXPECT_EQ(ErrorOf(With("      name: default\n", "")),
            "mask.yaml:8: predictor: 'name' is missing");
  EXPECT_EQ(ErrorOf(With("  name: face-mask-detector\n", "")),
            "mask.yaml:4: metadata: 'name' is missing");
  EXPECT_EQ(ErrorOf(With("name: model", "name: [model]")),
            "mask.yaml:11: graph: name: expected text, got a list");
  EXPECT_EQ(ErrorOf(With("children: []", "children: x")),
            "mask.yaml:21: graph: children: expected a list, got 'x'");
  EXPECT_EQ(ErrorOf(With("value: \"2\"", "value: two")),
            "mask.yaml:19: graph: parameter 'threads': value 'two' is no INT");
  EXPECT_EQ(ErrorOf(With("type: INT", "type: INTEGER")),
            "mask.yaml:20: graph: parameter 'threads': type 'INTEGER': want STRING, INT, FLOAT, "
            "DOUBLE or BOOL");
  EXPECT_EQ(ErrorOf(With("name: threads", "name: input_tensor_name")),
            "mask.yaml:18: graph: parameter 'input_tensor_name' stands twice");
  EXPECT_EQ(ErrorOf("kind: SeldonDeployment\nspec: 5\n"), "mask.yaml:1: 'apiVersion' is missing");
}

TEST(SeldonDeployment, HostileTextIsRefused) {
  EXPECT_THAT(ErrorOf(std::string(2 << 20, 'x')), HasSubstr("mask.yaml: the YAML text has"));
  EXPECT_THAT(ErrorOf(std::string(100'000, '[')), HasSubstr("mask.yaml:1: "));
  EXPECT_THAT(ErrorOf("a: &x [*x]"), HasSubstr("mask.yaml:1: "));
  EXPECT_THAT(ErrorOf(With("model\n", "\"model\n")), HasSubstr("mask.yaml:"));
}

TEST(SeldonDeployment, TheFilesThatTheOperatorWasGivenAreRead) {
  const char* env = std::getenv("BRINK_SHARED");
  const std::filesystem::path shared = env != nullptr ? env : "../shared";
  if (!std::filesystem::exists(shared / "kubernetes")) {
    GTEST_SKIP() << "no " << shared / "kubernetes";
  }
  for (const char* name : {"sdep.yaml", "sdep-pvc.yaml"}) {
    const auto text = ReadTextFile(shared / "kubernetes" / name, 1 << 20);
    ASSERT_TRUE(text) << text.error().message;
    const auto parsed = ParseSeldonDeployment(*text, name);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->graph.parameters.size(), 2u);
    EXPECT_THAT(parsed->ignored, ElementsAre("nodeName"));
  }
}

}  // namespace
}  // namespace brink::graph
