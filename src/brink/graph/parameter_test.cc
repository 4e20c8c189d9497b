#include "brink/graph/parameter.h"

#include <gtest/gtest.h>

namespace brink::graph {
namespace {

TEST(Parameter, TypesHaveSeldonsNames) {
  for (const auto type : {ParameterType::kString, ParameterType::kInt, ParameterType::kFloat,
                          ParameterType::kDouble, ParameterType::kBool}) {
    EXPECT_EQ(ParseParameterType(ParameterTypeName(type)).value(), type);
  }
  EXPECT_EQ(ParseParameterType("string").error().message,
            "type 'string': want STRING, INT, FLOAT, DOUBLE or BOOL");
}

TEST(Parameter, ValuesAreCheckedAgainstTheirType) {
  EXPECT_TRUE(CheckValue("", ParameterType::kString));
  EXPECT_TRUE(CheckValue("-12", ParameterType::kInt));
  EXPECT_TRUE(CheckValue("1e-3", ParameterType::kFloat));
  EXPECT_TRUE(CheckValue("inf", ParameterType::kDouble));
  EXPECT_TRUE(CheckValue("Off", ParameterType::kBool));
  EXPECT_EQ(CheckValue("1.5", ParameterType::kInt).error().message, "value '1.5' is no INT");
  for (const auto type :
       {ParameterType::kInt, ParameterType::kFloat, ParameterType::kDouble, ParameterType::kBool}) {
    EXPECT_FALSE(CheckValue("", type));
    EXPECT_FALSE(CheckValue("1 ", type));
    EXPECT_FALSE(CheckValue(std::string(10'000, '9') + "x", type));
  }
}

TEST(Parameter, BooleansAreThoseOfStrtobool) {
  for (const char* word : {"y", "YES", "t", "True", "on", "1"}) EXPECT_TRUE(BoolValue(word));
  for (const char* word : {"n", "no", "F", "false", "off", "0"}) EXPECT_FALSE(BoolValue(word));
}

}  // namespace
}  // namespace brink::graph
