#include "brink/protocols/http.h"

#include <gtest/gtest.h>

namespace brink::protocols {
namespace {

TEST(HttpRequest, SplitsItsTargetAtTheFirstQuestionMark) {
  const HttpRequest request{.target = "/predict?json=a?b"};
  EXPECT_EQ(request.path(), "/predict");
  EXPECT_EQ(request.query(), "json=a?b");
  EXPECT_EQ(HttpRequest{.target = "/live"}.query(), "");
}

TEST(HttpRequest, FindsTheFirstHeaderInAnyCase) {
  const HttpRequest request{
      .headers = {{"X-A", "1"}, {"content-TYPE", "text/plain"}, {"x-a", "2"}}};
  EXPECT_EQ(*request.Header("x-A"), "1");
  EXPECT_EQ(*request.Header("Content-Type"), "text/plain");
  EXPECT_EQ(request.Header("Accept"), nullptr);
}

}  // namespace
}  // namespace brink::protocols
