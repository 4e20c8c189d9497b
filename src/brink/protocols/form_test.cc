#include "brink/protocols/form.h"

#include <gtest/gtest.h>

namespace brink::protocols {
namespace {

TEST(Form, DecodesTheFirstFieldOfAName) {
  EXPECT_EQ(FormField("a=1&json=%7B%22x%22%3A+1%7d&json=2", "json"), "{\"x\": 1}");
  EXPECT_EQ(FormField("js%6Fn=1", "json"), "1");
  EXPECT_EQ(FormField("json", "json"), "");
  EXPECT_EQ(FormField("json=", "json"), "");
  EXPECT_EQ(FormField("json=a=b", "json"), "a=b");
  EXPECT_EQ(FormField("xjson=1&&=2", "json"), std::nullopt);
}

}  // namespace
}  // namespace brink::protocols
