#include "brink/protocols/seldon_v1/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace brink::protocols::seldon_v1 {
namespace {

using ::testing::HasSubstr;

// A message whose tftensor has one value for `elements` of this type.
std::string FilledUp(const std::string& dtype, const std::string& values, int elements) {
  return R"({"data":{"tftensor":{"dtype":")" + dtype + R"(",)" + values +
         R"(,"tensorShape":{"dim":[{"size":")" + std::to_string(elements) + R"("}]}}}})";
}

Result<WireRequest> DecodeText(api::Method method, std::string text) {
  return DecodeRequest(method, JsonSource{std::move(text)});
}

TEST(DecodeRequest, ShortTextsAreFilledUp) {
  // base64 of "x" and "yz"
  const auto request =
      DecodeText(api::Method::kPredict, FilledUp("DT_STRING", R"("stringVal":["eA==","eXo="])", 4));
  ASSERT_TRUE(request) << request.error().message;
  const auto& tensors = std::get<api::Tensors>(request->infer.message.payload);
  EXPECT_THAT(tensors.items.at(0).tensor.strings(), ::testing::ElementsAre("x", "yz", "yz", "yz"));
}

// A kilobyte would become a gigabyte.
TEST(DecodeRequest, ALongTextIsNotFilledUpWithoutLimit) {
  const std::string kilobyte(1364, 'A');
  const auto request =
      DecodeText(api::Method::kPredict,
                 FilledUp("DT_STRING", R"("stringVal":[")" + kilobyte + R"("])", 1 << 20));
  ASSERT_FALSE(request);
  EXPECT_THAT(request.error().message, HasSubstr("data.tftensor: too few values"));
}

// Each message is within the limit of one; a few kilobytes of them would take gigabytes.
TEST(DecodeRequest, AListOfArraysThatAreFilledUpIsBounded) {
  const std::string one = FilledUp("DT_DOUBLE", R"("doubleVal":[1])", 1 << 20);
  const auto few = DecodeText(api::Method::kAggregate, "[" + one + "," + one + "]");
  ASSERT_TRUE(few) << few.error().message;
  EXPECT_EQ(few->infer.messages.size(), 2u);
  std::string many = "[" + one;
  for (int i = 0; i < 40; ++i) many += "," + one;
  const auto request = DecodeText(api::Method::kAggregate, many + "]");
  ASSERT_FALSE(request);
  EXPECT_THAT(request.error().message,
              HasSubstr("its messages take far more memory than the request"));
}

// What is not filled up may be as much as one likes.
TEST(DecodeRequest, ALongListIsTaken) {
  std::string message = R"({"data":{"ndarray":[1)";
  for (int i = 0; i < 50'000; ++i) message += ",2";
  message += "]}}";
  std::string list = "[" + message;
  for (int i = 0; i < 200; ++i) list += "," + message;
  const auto request = DecodeText(api::Method::kAggregate, list + "]");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->infer.messages.size(), 201u);
}

}  // namespace
}  // namespace brink::protocols::seldon_v1
