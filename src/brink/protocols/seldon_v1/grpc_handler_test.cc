#include "brink/protocols/seldon_v1/grpc_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "brink/api/component_predictor.h"
#include "brink/base/memory_limit_testing.h"
#include "brink/protocols/seldon_v1/identity_testing.h"
#include "seldon/prediction.pb.h"

namespace brink::protocols::seldon_v1 {
namespace {

using seldon::protos::SeldonMessage;
using ::testing::HasSubstr;

// What a component that gives back its input, or the last of several, answers.
Result<SeldonMessage> Ask(
    const char* name, std::string bytes,
    std::unique_ptr<api::Component> component = std::make_unique<testing::Mirror>()) {
  api::ComponentPredictor predictor(std::move(component));
  GrpcHandler handler(predictor, {.unit_id = "unit"});
  const auto& methods = handler.Methods();
  const auto method = std::find(methods.begin(), methods.end(), name);
  int answers = 0;
  Result<SeldonMessage> answer;
  handler.Handle({.method = static_cast<int>(method - methods.begin()),
                  .message = std::move(bytes),
                  .deadline = {},
                  .cancelled = {}},
                 [&](Result<std::string> given) {
                   ++answers;
                   if (!given)
                     answer = Fail(std::move(given.error()));
                   else
                     answer->ParseFromString(*given);
                 });
  EXPECT_EQ(answers, 1);
  return answer;
}

Result<SeldonMessage> Predict(const SeldonMessage& message) {
  return Ask("/seldon.protos.Model/Predict", message.SerializeAsString());
}

// A tensor whose values are to be given once for all of this many.
tensorflow::TensorProto& FilledUp(SeldonMessage& message, tensorflow::DataType type, int elements) {
  auto& tensor = *message.mutable_data()->mutable_tftensor();
  tensor.set_dtype(type);
  tensor.mutable_tensor_shape()->add_dim()->set_size(elements);
  return tensor;
}

void ExpectRefused(const SeldonMessage& message, const std::string& why) {
  const auto answer = Predict(message);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr(why));
}

// Each column would be named in the answer: 30 bytes of request for a gigabyte of names.
TEST(GrpcHandlerTest, ATensorWithoutValuesMayNotBeWide) {
  SeldonMessage message;
  auto& tensor = *message.mutable_data()->mutable_tensor();
  for (const int extent : {1, 52'000'000, 0}) tensor.add_shape(extent);
  ExpectRefused(message, "data.tensor: shape [1, 52000000, 0] is too large for no values");
}

TEST(GrpcHandlerTest, ATftensorWithoutValuesMayNotBeWide) {
  SeldonMessage message;
  auto& tensor = *message.mutable_data()->mutable_tftensor();
  tensor.set_dtype(tensorflow::DT_FLOAT);
  for (const int extent : {0, 52'000'000}) {
    tensor.mutable_tensor_shape()->add_dim()->set_size(extent);
  }
  ExpectRefused(message, "data.tftensor: shape [0, 52000000] is too large for no values");
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

TEST(GrpcHandlerTest, AnyByteButZeroIsTrue) {
  SeldonMessage message;
  FilledUp(message, tensorflow::DT_BOOL, 3).set_tensor_content(std::string("\x80\0\x01", 3));
  const auto answer = Predict(message);
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(answer->data().ndarray().values_size(), 3);
  EXPECT_TRUE(answer->data().ndarray().values(0).bool_value());
  EXPECT_FALSE(answer->data().ndarray().values(1).bool_value());
}

// Answers with bytes that are no text.
struct Encoder final : api::Component {
  Result<api::Answer> Predict(api::Message /*input*/) override {
    api::Tensors tensors;
    tensors.items.push_back({"", Tensor(Shape({1}), std::vector<std::string>{"\xff\xd8"})});
    return api::Answer{.payload = std::move(tensors)};
  }
};

TEST(GrpcHandlerTest, StringsThatAreNoTextsComeAsATftensor) {
  SeldonMessage message;
  FilledUp(message, tensorflow::DT_STRING, 2).add_string_val("\x8b");
  const auto answer = Predict(message);
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(answer->data().tftensor().string_val_size(), 2);
  EXPECT_EQ(answer->data().tftensor().string_val(1), "\x8b");
  EXPECT_TRUE(Predict(*answer));

  message.mutable_data()->mutable_ndarray()->add_values()->set_number_value(1);
  const auto encoded =
      Ask("/seldon.protos.Model/Predict", message.SerializeAsString(), std::make_unique<Encoder>());
  ASSERT_TRUE(encoded) << encoded.error().message;
  ASSERT_EQ(encoded->data().tftensor().string_val_size(), 1);
  EXPECT_EQ(encoded->data().tftensor().string_val(0), "\xff\xd8");
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
  EXPECT_TRUE(Ask("/seldon.protos.Combiner/Aggregate", list.SerializeAsString()));
  for (int i = 0; i < 40; ++i) *list.add_seldonmessages() = message;
  const auto answer = Ask("/seldon.protos.Combiner/Aggregate", list.SerializeAsString());
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message,
              HasSubstr("its messages take far more memory than the request"));
}

TEST(GrpcHandlerTest, ARequestThatMemoryDoesNotSufficeForIsAnError) {
  if (!MemoryLimit::Works()) GTEST_SKIP() << "no limit of memory";
  SeldonMessage message;
  auto& tensor = FilledUp(message, tensorflow::DT_UINT8, 1 << 26);
  tensor.set_tensor_content(std::string(size_t{1} << 26, 'x'));
  const std::string bytes = message.SerializeAsString();
  message.Clear();
  const MemoryLimit limit(size_t{72} << 20);  // for its copy as a message, not as a tensor too
  const auto answer = Ask("/seldon.protos.Model/Predict", bytes);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "out of memory");
}

// Answers 64 MB, and leaves memory for little more.
struct Short final : api::Component {
  Result<api::Answer> Predict(api::Message) override {
    Tensor tensor(Type::kUInt8, {1 << 26});
    std::ranges::fill(tensor.bytes(), std::byte{1});
    api::Tensors tensors;
    tensors.items.push_back({"", std::move(tensor)});
    limit.emplace(size_t{8} << 20);
    return api::Answer{.payload = std::move(tensors)};
  }
  std::optional<MemoryLimit> limit;
};

TEST(GrpcHandlerTest, AnAnswerThatMemoryDoesNotSufficeForIsAnError) {
  if (!MemoryLimit::Works()) GTEST_SKIP() << "no limit of memory";
  SeldonMessage message;
  FilledUp(message, tensorflow::DT_UINT8, 1);
  const auto answer =
      Ask("/seldon.protos.Model/Predict", message.SerializeAsString(), std::make_unique<Short>());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "out of memory");
}

// Two bytes each, which as messages take a hundred times more.
TEST(GrpcHandlerTest, AListOfMessagesWithoutAnythingIsBounded) {
  seldon::protos::SeldonMessageList list;
  for (int i = 0; i < 1'000'000; ++i) list.add_seldonmessages();
  const auto answer = Ask("/seldon.protos.Combiner/Aggregate", list.SerializeAsString());
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message,
              HasSubstr("its messages take far more memory than the request"));
}

}  // namespace
}  // namespace brink::protocols::seldon_v1
