#include "deployment_layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::apps {
namespace {

using graph::Parameter;
using graph::ParameterType;
using testing::HasSubstr;

graph::SeldonDeployment With(Parameter parameter) {
  graph::SeldonDeployment deployment;
  parameter.line = 15;
  deployment.graph.parameters = {std::move(parameter)};
  return deployment;
}

std::string ErrorOf(Parameter parameter) {
  Configuration configuration;
  const Status added = AddDeployment(With(std::move(parameter)), "m.yaml", configuration);
  return added ? "added" : added.error().message;
}

TEST(DeploymentLayer, ParametersPortAndEnvironmentBecomeSettings) {
  graph::SeldonDeployment deployment = With({"threads", "2", ParameterType::kInt});
  deployment.graph.parameters.push_back(
      {"input_tensor_name", "data_1", ParameterType::kString, 16});
  deployment.graph.parameters.push_back({"model_uri", "/mnt/models", ParameterType::kString, 17});
  deployment.graph.http_port = 9005;
  deployment.env = {{"SELDON_LOG_LEVEL", "INFO"}, {"SELDON_LOG_LEVEL", "DEBUG"}, {"OTHER", "x"}};
  Configuration configuration;
  ASSERT_TRUE(AddDeployment(deployment, "m.yaml", configuration));
  EXPECT_EQ(configuration.values().threads, 2);
  EXPECT_EQ(configuration.values().input_tensor_name, "data_1");
  EXPECT_EQ(configuration.values().http_port, 9005);
  EXPECT_EQ(configuration.values().log_level, "DEBUG");
}

TEST(DeploymentLayer, WhatBrinkDoesNotKnowIsRefusedByName) {
  EXPECT_EQ(ErrorOf({"thread", "2", ParameterType::kInt}),
            "m.yaml:15: graph: unknown parameter 'thread' (did you mean 'threads'?)");
  EXPECT_THAT(ErrorOf({"gpu", "yes", ParameterType::kBool}),
              HasSubstr("unknown parameter 'gpu'; known are model_uri input_tensor_name"));
  EXPECT_THAT(ErrorOf({"http_port", "1", ParameterType::kInt}), HasSubstr("unknown parameter"));
}

TEST(DeploymentLayer, TypesAndValuesAreChecked) {
  EXPECT_EQ(ErrorOf({"threads", "2", ParameterType::kString}),
            "m.yaml:15: graph: parameter 'threads': type STRING, want INT");
  EXPECT_EQ(ErrorOf({"card", "1", ParameterType::kInt}),
            "m.yaml:15: graph: parameter 'card': type INT, want STRING");
  EXPECT_EQ(ErrorOf({"threads", "1000", ParameterType::kInt}),
            "m.yaml:15: graph: parameter 'threads': want a number from 0 to 256, got '1000'");
}

}  // namespace
}  // namespace brink::apps
