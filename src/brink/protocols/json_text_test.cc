#include "brink/protocols/json_text.h"

#include <gtest/gtest.h>

namespace brink::protocols {
namespace {

using namespace std::string_literals;

TEST(JsonText, Utf8ComesBackWithoutItsMark) {
  EXPECT_EQ(JsonTextToUtf8("{\"a\":1}").value(), "{\"a\":1}");
  EXPECT_EQ(JsonTextToUtf8("\xEF\xBB\xBF{}").value(), "{}");
  EXPECT_EQ(JsonTextToUtf8("").value(), "");
}

TEST(JsonText, Utf16AndUtf32AreFoundByMarkOrZeros) {
  EXPECT_EQ(JsonTextToUtf8("\xFF\xFE{\0}\0"s).value(), "{}");
  EXPECT_EQ(JsonTextToUtf8("{\0}\0"s).value(), "{}");
  EXPECT_EQ(JsonTextToUtf8("\0{\0}"s).value(), "{}");
  EXPECT_EQ(JsonTextToUtf8("5\0"s).value(), "5");
  EXPECT_EQ(JsonTextToUtf8("\0\0\0{\0\0\0}"s).value(), "{}");
  EXPECT_EQ(JsonTextToUtf8("{\0\0\0}\0\0\0"s).value(), "{}");
  EXPECT_EQ(JsonTextToUtf8("\"\0\x3D\xD8\x00\xDE\"\0"s).value(), "\"\xF0\x9F\x98\x80\"");
}

TEST(JsonText, RefusesHalfCharacters) {
  EXPECT_FALSE(JsonTextToUtf8("{\0}"s).has_value());
  EXPECT_FALSE(JsonTextToUtf8("{\0\0\0\xFF\xFF\xFF\xFF"s).has_value());
}

}  // namespace
}  // namespace brink::protocols
