#include "brink/base/result.h"

#include <gtest/gtest.h>

namespace brink {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return Fail(Code::kInvalidArgument, std::to_string(n) + " is odd");
  return n / 2;
}

Result<int> Quarter(int n) {
  BRINK_ASSIGN(const int half, Half(n));
  BRINK_TRY(Half(half));
  return half / 2;
}

TEST(Result, AssignPassesTheValueOn) { EXPECT_EQ(Quarter(8).value(), 2); }

TEST(Result, AssignAndTryReturnTheFirstError) {
  EXPECT_EQ(Quarter(7).error().message, "7 is odd");
  EXPECT_EQ(Quarter(6).error().message, "3 is odd");
}

TEST(Result, WithinPutsContextBeforeTheMessage) {
  const Error inner{Code::kNotFound, "no tensor 'x'"};
  EXPECT_EQ(inner.Within("model.tflite").message, "model.tflite: no tensor 'x'");
  EXPECT_EQ(CodeName(inner.Within("m").code), "NOT_FOUND");
}

}  // namespace
}  // namespace brink
