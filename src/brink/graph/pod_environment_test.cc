#include "brink/graph/pod_environment.h"

#include <gtest/gtest.h>

#include <map>

namespace brink::graph {
namespace {

using Variables = std::map<std::string, std::string>;

Result<PodEnvironment> Read(const Variables& variables, std::string_view annotations = "") {
  return ReadPodEnvironment(
      [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      },
      annotations);
}

std::string ErrorOf(const Variables& variables, std::string_view annotations = "") {
  const auto pod = Read(variables, annotations);
  return pod ? "no error" : pod.error().message;
}

TEST(PodEnvironment, NothingGivesTheWrappersDefaults) {
  const auto pod = Read({}).value();
  EXPECT_EQ(pod.http_port, 9000);
  EXPECT_EQ(pod.grpc_port, 5000);
  EXPECT_EQ(pod.metrics_port, 6000);
  EXPECT_EQ(pod.metrics_path, "/metrics");
  EXPECT_TRUE(pod.executor_enabled);
  EXPECT_TRUE(pod.metrics_in_response);
  EXPECT_FALSE(pod.payload_passthrough);
}

TEST(PodEnvironment, ReadsWhatTheOperatorSets) {
  const auto pod =
      Read(
          {{"PREDICTIVE_UNIT_SERVICE_PORT", "9000"},
           {"PREDICTIVE_UNIT_HTTP_SERVICE_PORT", "9000"},
           {"PREDICTIVE_UNIT_GRPC_SERVICE_PORT", "9500"},
           {"PREDICTIVE_UNIT_METRICS_SERVICE_PORT", "6001"},
           {"PREDICTIVE_UNIT_METRICS_ENDPOINT", "/prometheus"},
           {"PREDICTIVE_UNIT_PARAMETERS",
            R"([{"name":"input_tensor_name","value":"data_1","type":"STRING"},{"name":"threads","value":"2","type":"INT"}])"},
           {"MLSERVER_MODEL_URI", "/mnt/models"},
           {"PREDICTIVE_UNIT_ID", "model"},
           {"PREDICTIVE_UNIT_IMAGE", "repo:5000/org/img:0.3"},
           {"PREDICTOR_ID", "default"},
           {"PREDICTOR_LABELS", R"({"version":"v9","x":"y"})"},
           {"SELDON_DEPLOYMENT_ID", "face-mask-detector"},
           {"SELDON_EXECUTOR_ENABLED", "false"}},
          "prometheus.io/path=\"/prometheus\"\nseldon.io/rest-timeout=\"2500\"\n"
          "seldon.io/grpc-max-message-size=\"10485760\"\n")
          .value();
  EXPECT_EQ(pod.grpc_port, 9500);
  EXPECT_EQ(pod.metrics_port, 6001);
  EXPECT_EQ(pod.metrics_path, "/prometheus");
  ASSERT_EQ(pod.parameters.size(), 2u);
  EXPECT_EQ(pod.parameters[0].value, "data_1");
  EXPECT_EQ(pod.parameters[1].type, ParameterType::kInt);
  EXPECT_EQ(pod.model_uri, "/mnt/models");
  EXPECT_EQ(pod.image_name, "repo:5000/org/img");
  EXPECT_EQ(pod.image_version, "0.3");
  EXPECT_EQ(pod.predictor_version, "v9");
  EXPECT_FALSE(pod.executor_enabled);
  EXPECT_EQ(pod.rest_timeout, std::chrono::milliseconds(2500));
  EXPECT_EQ(pod.grpc_max_message_bytes, 10485760u);
}

TEST(PodEnvironment, AnImageWithoutATagIsAllName) {
  EXPECT_EQ(Read({{"PREDICTIVE_UNIT_IMAGE", "noversion"}})->image_name, "noversion");
  EXPECT_EQ(Read({{"PREDICTIVE_UNIT_IMAGE", "repo:5000/img"}})->image_name, "repo:5000/img");
  EXPECT_EQ(Read({{"PREDICTIVE_UNIT_IMAGE", "repo:5000/img"}})->image_version, "");
}

TEST(PodEnvironment, OldPodsHaveOnePortAndAnApiType) {
  EXPECT_EQ(Read({{"PREDICTIVE_UNIT_SERVICE_PORT", "5000"}})->http_port, 5000);
  EXPECT_FALSE(Read({{"PREDICTIVE_UNIT_SERVICE_PORT", "5000"}, {"API_TYPE", "REST"}})
                   ->grpc_port.has_value());
  const auto grpc = Read({{"PREDICTIVE_UNIT_SERVICE_PORT", "5001"}, {"API_TYPE", "GRPC"}}).value();
  EXPECT_EQ(grpc.grpc_port, 5001);
  EXPECT_EQ(grpc.http_port, 9000);
}

TEST(PodEnvironment, OldImagesNameAClassAndItsKind) {
  EXPECT_EQ(Read({})->service_type, "MODEL");
  const auto pod = Read({{"MODEL_NAME", "TFLiteServer"}, {"SERVICE_TYPE", "TRANSFORMER"}}).value();
  EXPECT_EQ(pod.component, "TFLiteServer");
  EXPECT_EQ(pod.service_type, "TRANSFORMER");
  EXPECT_EQ(
      Read({{"SERVICE_TYPE", "MODLE"}}).error().message,
      "SERVICE_TYPE: 'MODLE' is not MODEL, ROUTER, TRANSFORMER, COMBINER or OUTLIER_DETECTOR");
}

TEST(PodEnvironment, TheLastOfEqualParametersCounts) {
  const auto pod =
      Read({{"PREDICTIVE_UNIT_PARAMETERS",
             R"([{"name":"a","value":"1","type":"INT"},{"name":"a","value":"2","type":"INT"}])"}})
          .value();
  ASSERT_EQ(pod.parameters.size(), 1u);
  EXPECT_EQ(pod.parameters[0].value, "2");
}

TEST(PodEnvironment, ErrorsNameTheVariableAndWhatWouldBeRight) {
  EXPECT_EQ(ErrorOf({{"PREDICTIVE_UNIT_HTTP_SERVICE_PORT", "abc"}}),
            "PREDICTIVE_UNIT_HTTP_SERVICE_PORT: 'abc' is not a port number from 1 to 65535");
  EXPECT_EQ(
      ErrorOf({{"PREDICTIVE_UNIT_PARAMETERS", R"([{"name":"i","value":"abc","type":"INT"}])"}}),
      "PREDICTIVE_UNIT_PARAMETERS[0] 'i': value 'abc' is no INT");
  EXPECT_EQ(
      ErrorOf({{"PREDICTIVE_UNIT_PARAMETERS", R"([{"name":"b","value":"maybe","type":"BOOL"}])"}}),
      "PREDICTIVE_UNIT_PARAMETERS[0] 'b': value 'maybe' is no BOOL");
  EXPECT_NE(
      ErrorOf({{"PREDICTIVE_UNIT_PARAMETERS", "{not json"}}).find("PREDICTIVE_UNIT_PARAMETERS: "),
      std::string::npos);
  EXPECT_NE(ErrorOf({{"PREDICTOR_LABELS", "notjson"}}).find("PREDICTOR_LABELS: "),
            std::string::npos);
  EXPECT_EQ(ErrorOf({}, "seldon.io/rest-timeout=\"soon\""),
            "annotation seldon.io/rest-timeout: 'soon' is not a number of milliseconds");
  EXPECT_EQ(ErrorOf({{"PREDICTIVE_UNIT_METRICS_ENDPOINT", "prometheus"}}),
            "PREDICTIVE_UNIT_METRICS_ENDPOINT: 'prometheus' is not a path that begins with '/'");
  EXPECT_EQ(ErrorOf({{"PREDICTIVE_UNIT_HTTP_SERVICE_PORT", "9000"},
                     {"PREDICTIVE_UNIT_GRPC_SERVICE_PORT", "9000"}}),
            "PREDICTIVE_UNIT_HTTP_SERVICE_PORT and PREDICTIVE_UNIT_GRPC_SERVICE_PORT are both "
            "9000: want two different "
            "ports");
}

}  // namespace
}  // namespace brink::graph
