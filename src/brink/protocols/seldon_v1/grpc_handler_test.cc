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

// What a component that gives back its input answers.
Result<SeldonMessage> Predict(const SeldonMessage& message) {
  api::ComponentPredictor predictor(std::make_unique<testing::Mirror>());
  GrpcHandler handler(predictor, {.unit_id = "unit"});
  const auto& methods = handler.Methods();
  const auto method = std::find(methods.begin(), methods.end(), "/seldon.protos.Model/Predict");
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

}  // namespace
}  // namespace brink::protocols::seldon_v1
