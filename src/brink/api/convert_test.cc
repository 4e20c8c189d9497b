#include "brink/api/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "brink/api/ndarray.h"

namespace brink::api {
namespace {

// The payload that an ndarray of this JSON is, converted, as JSON; or the error's message.
std::string ConvertJson(std::string_view text, Type wanted) {
  const auto payload = FromNested(*json::Parse(text, {.allow_nan = true}));
  const auto tensor = ToTensor(*payload, wanted);
  if (!tensor) return tensor.error().message;
  EXPECT_EQ(tensor->type(), wanted);
  return json::Write(ToNested(*tensor), {.allow_nan = true});
}

TEST(ToTensor, NumbersAndBooleansBecomeFloats) {
  EXPECT_EQ(ConvertJson("[[0.1,1,1e300]]", Type::kFloat32), "[[0.10000000149011612,1.0,Infinity]]");
  EXPECT_EQ(ConvertJson("[true,false]", Type::kFloat32), "[1.0,0.0]");
  EXPECT_EQ(ConvertJson("[9223372036854775808]", Type::kFloat64), "[9.223372036854776e+18]");
  EXPECT_EQ(ConvertJson("[1,2]", Type::kFloat16), "[1.0,2.0]");
}

TEST(ToTensor, NumericStringsBecomeFloats) {
  EXPECT_EQ(ConvertJson(R"(["1.5"," -2 ","nan","1_000"])", Type::kFloat32),
            "[1.5,-2.0,NaN,1000.0]");
  EXPECT_EQ(ConvertJson(R"(["1","x"])", Type::kFloat32), "element 1 is no FLOAT32");
}

TEST(ToTensor, MixedArraysConvertElementByElement) {
  EXPECT_EQ(ConvertJson(R"([[null,"2"],[true,100000000000000000000]])", Type::kFloat32),
            "[[NaN,2.0],[1.0,1.0000000200408773e+20]]");
  EXPECT_EQ(ConvertJson(R"([null,{"a":1}])", Type::kFloat32), "element 1 is no FLOAT32");
}

TEST(ToTensor, IntegersMustBeWholeAndInRange) {
  EXPECT_EQ(ConvertJson("[-128,127]", Type::kInt8), "[-128,127]");
  EXPECT_EQ(ConvertJson("[-128.0,127.0]", Type::kInt8), "[-128,127]");
  EXPECT_EQ(ConvertJson(R"(["9007199254740993","2.0"])", Type::kInt64), "[9007199254740993,2]");
  EXPECT_EQ(ConvertJson("[0,128]", Type::kInt8), "element 1 is no INT8");
  EXPECT_EQ(ConvertJson("[0.5]", Type::kUInt8), "element 0 is no UINT8");
  EXPECT_EQ(ConvertJson("[-1]", Type::kUInt8), "element 0 is no UINT8");
  EXPECT_EQ(ConvertJson("[NaN]", Type::kInt32), "element 0 is no INT32");
  EXPECT_EQ(ConvertJson("[9.223372036854775808e18]", Type::kInt64), "element 0 is no INT64");
  EXPECT_EQ(ConvertJson("[9.223372036854775808e18]", Type::kUInt64), "[9223372036854775808]");
  EXPECT_EQ(ConvertJson("[-9.223372036854775808e18]", Type::kInt64), "[-9223372036854775808]");
}

TEST(ToTensor, BooleansAndStringsHaveTheirOwnRules) {
  EXPECT_EQ(ConvertJson("[0,2.5]", Type::kBool), "[false,true]");
  EXPECT_EQ(ConvertJson(R"(["a"])", Type::kString), R"(["a"])");
  EXPECT_EQ(ConvertJson("[1]", Type::kString), "INT64 cannot become STRING");
}

TEST(ToTensor, JsonDataTakesListsOnly) {
  const Payload list = *json::Parse("[[1,2]]");
  EXPECT_EQ(ToTensor(list, Type::kFloat32)->shape(), (Shape{1, 2}));
  EXPECT_THAT(ToTensor(Payload(*json::Parse("{}")), Type::kFloat32).error().message,
              testing::HasSubstr("no array"));
}

TEST(ToTensor, OtherPayloadsAreErrorsThatNameThem) {
  EXPECT_THAT(ToTensor(Payload(Bytes{"x"}), Type::kFloat32).error().message,
              testing::HasSubstr("binData"));
  EXPECT_THAT(ToTensor(Payload(Text{"1.5"}), Type::kFloat32).error().message,
              testing::HasSubstr("strData"));
  EXPECT_EQ(ToTensor(Payload(), Type::kFloat32).error().message, "request has no data");
}

TEST(ToTensor, AMatchingTensorIsMovedNotCopied) {
  Tensors tensors;
  tensors.items.push_back({.name = "", .tensor = Tensor(Type::kFloat32, {4})});
  const std::byte* bytes = tensors.items[0].tensor.bytes().data();
  const auto tensor = ToTensor(Payload(std::move(tensors)), Type::kFloat32);
  EXPECT_EQ(tensor->bytes().data(), bytes);
}

TEST(ConvertInto, WritesIntoGivenMemory) {
  const std::array<int64_t, 2> values = {3, 4};
  std::array<float, 2> memory{};
  const TensorView view{Type::kFloat32, {2}, std::as_writable_bytes(std::span(memory))};
  ASSERT_TRUE(ConvertInto(Tensor::Of<int64_t>({2}, values), view).has_value());
  EXPECT_THAT(memory, testing::ElementsAre(3.F, 4.F));
}

TEST(ParseFloat, TakesWhatPythonTakes) {
  EXPECT_EQ(ParseFloat("1e3"), 1000);
  EXPECT_EQ(ParseFloat("+.5"), 0.5);
  EXPECT_EQ(ParseFloat("-Infinity"), -HUGE_VAL);
  EXPECT_EQ(ParseFloat("INF"), HUGE_VAL);
  EXPECT_EQ(ParseFloat("1e999"), HUGE_VAL);
  EXPECT_EQ(ParseFloat(std::string(400, '9')), HUGE_VAL);
  EXPECT_EQ(ParseFloat("1e-999"), 0);
  EXPECT_TRUE(std::isnan(*ParseFloat("NaN")));
  for (const char* bad :
       {"", " ", "x", "1 2", "_1", "1_", "1__0", "0x10", "+-1", "--1", "nan(1)", "1e"}) {
    EXPECT_EQ(ParseFloat(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace brink::api
