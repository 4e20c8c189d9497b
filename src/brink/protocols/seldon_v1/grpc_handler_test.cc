#include "brink/protocols/seldon_v1/grpc_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "brink/api/component_predictor.h"
#include "brink/protocols/seldon_v1/identity_testing.h"
#include "seldon/prediction.pb.h"

namespace brink::protocols::seldon_v1 {
namespace {

using seldon::protos::SeldonMessage;
using ::testing::HasSubstr;

// What a component that gives back its input, or the last of several, answers.
Result<SeldonMessage> Ask(const char* name, const google::protobuf::Message& message) {
  api::ComponentPredictor predictor(std::make_unique<testing::Mirror>());
  GrpcHandler handler(predictor, {.unit_id = "unit"});
  const auto& methods = handler.Methods();
  const auto method = std::find(methods.begin(), methods.end(), name);
  Result<SeldonMessage> answer;
  handler.Handle({.method = static_cast<int>(method - methods.begin()),
                  .message = message.SerializeAsString(),
                  .deadline = {},
                  .cancelled = {}},
                 [&](Result<std::string> bytes) {
                   if (!bytes)
                     answer = Fail(std::move(bytes.error()));
                   else
                     answer->ParseFromString(*bytes);
                 });
  return answer;
}

Result<SeldonMessage> Predict(const SeldonMessage& message) {
  return Ask("/seldon.protos.Model/Predict", message);
}

// A tensor whose values are to be given once for all of this many.
tensorflow::TensorProto& FilledUp(SeldonMessage& message, tensorflow::DataType type, int elements) {
  auto& tensor = *message.mutable_data()->mutable_tftensor();
  tensor.set_dtype(type);
  tensor.mutable_tensor_shape()->add_dim()->set_size(elements);
  return tensor;
}

// Each column would be named in the answer: 30 bytes of request for a gigabyte of names.
TEST(GrpcHandlerTest, ATensorWithoutValuesMayNotBeWide) {
  SeldonMessage message;
  auto& tensor = *message.mutable_data()->mutable_tensor();
  for (const int extent : {1, 52'000'000, 0}) tensor.add_shape(extent);
  const auto answer = Predict(message);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message,
              HasSubstr("data.tensor: shape [1, 52000000, 0] is too large for no values"));
}

TEST(GrpcHandlerTest, ATftensorWithoutValuesMayNotBeWide) {
  SeldonMessage message;
  auto& tensor = *message.mutable_data()->mutable_tftensor();
  tensor.set_dtype(tensorflow::DT_FLOAT);
  for (const int extent : {0, 52'000'000}) {
    tensor.mutable_tensor_shape()->add_dim()->set_size(extent);
  }
  const auto answer = Predict(message);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message,
              HasSubstr("data.tftensor: shape [0, 52000000] is too large for no values"));
}

TEST(GrpcHandlerTest, ColumnsOfAnEmptyTensorAreNamed) {
  SeldonMessage message;
  auto& tensor = *message.mutable_data()->mutable_tensor();
  for (const int extent : {0, 4}) tensor.add_shape(extent);
  const auto answer = Predict(message);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->data().names(), ::testing::ElementsAre("t:0", "t:1", "t:2", "t:3"));
}

TEST(GrpcHandlerTest, ShortTextsAreFilledUp) {
  SeldonMessage message;
  auto& tensor = FilledUp(message, tensorflow::DT_STRING, 4);
  for (const char* text : {"x", "yz"}) tensor.add_string_val(text);
  const auto answer = Predict(message);
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(answer->data().ndarray().values_size(), 4);
  EXPECT_EQ(answer->data().ndarray().values(3).string_value(), "yz");
}

// A kilobyte would become a gigabyte.
TEST(GrpcHandlerTest, ALongTextIsNotFilledUpWithoutLimit) {
  SeldonMessage message;
  FilledUp(message, tensorflow::DT_STRING, 1 << 20).add_string_val(std::string(1024, 'x'));
  const auto answer = Predict(message);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("too few values"));
}

// Each message is within the limit of one; a few kilobytes of them would take gigabytes.
TEST(GrpcHandlerTest, AListOfArraysThatAreFilledUpIsBounded) {
  SeldonMessage message;
  FilledUp(message, tensorflow::DT_DOUBLE, 1 << 20).add_double_val(1);
  seldon::protos::SeldonMessageList list;
  for (int i = 0; i < 2; ++i) *list.add_seldonmessages() = message;
  EXPECT_TRUE(Ask("/seldon.protos.Combiner/Aggregate", list));
  for (int i = 0; i < 40; ++i) *list.add_seldonmessages() = message;
  const auto answer = Ask("/seldon.protos.Combiner/Aggregate", list);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message,
              HasSubstr("its messages take far more memory than the request"));
}

// Two bytes each, which as messages take a hundred times more.
TEST(GrpcHandlerTest, AListOfMessagesWithoutAnythingIsBounded) {
  seldon::protos::SeldonMessageList list;
  for (int i = 0; i < 1'000'000; ++i) list.add_seldonmessages();
  const auto answer = Ask("/seldon.protos.Combiner/Aggregate", list);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message,
              HasSubstr("its messages take far more memory than the request"));
}

}  // namespace
}  // namespace brink::protocols::seldon_v1
