#include "brink/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace brink::log {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

// Sends the log into a file of its own for one test.
class Log : public testing::Test {
 protected:
  void SetUp() override {
    file_ = std::tmpfile();
    ASSERT_NE(file_, nullptr);
  }
  void TearDown() override {
    Configure({});
    std::fclose(file_);
  }
  void Use(Format format, Level level = Level::kInfo) { Configure({level, format, file_}); }
  std::vector<std::string> Lines() {
    std::rewind(file_);
    std::vector<std::string> lines;
    std::string line;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
      if (c != '\n') {
        line += static_cast<char>(c);
        continue;
      }
      lines.push_back(line);
      line.clear();
    }
    EXPECT_EQ(line, "");
    return lines;
  }
  std::FILE* file_ = nullptr;
};

TEST_F(Log, PlainLinesAreKeyValuePairs) {
  Use(Format::kAuto);  // a file is no terminal
  Info("ready", {{"url", "http://[::]:9000"}, {"ms", 1.5}, {"threads", 2}, {"warm", true}});
  Warn("two words", {{"path", std::string("a b=c\"d\\")}, {"empty", ""}});
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], MatchesRegex("time=2[0-9]{3}-[0-9-]+T[0-9:.]+Z level=info msg=ready "
                                     "url=http://\\[::\\]:9000 ms=1.5 threads=2 warm=true"));
  EXPECT_THAT(lines[1], HasSubstr(R"(level=warning msg="two words" path="a b=c\"d\\" empty="")"));
}

TEST_F(Log, JsonLinesAreObjects) {
  Use(Format::kJson);
  Error("no \"model\"", {{"size", uint64_t{18446744073709551615U}}, {"ratio", 0.0 / 0.0}});
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], MatchesRegex("\\{\"time\":\"[0-9T:.-]+Z\",\"level\":\"error\",.*"));
  EXPECT_THAT(lines[0],
              HasSubstr(R"("msg":"no \"model\"","size":18446744073709551615,"ratio":null})"));
}

TEST_F(Log, TextFromOutsideNeitherBreaksALineNorReachesATerminal) {
  for (const Format format : {Format::kHuman, Format::kPlain, Format::kJson}) {
    Use(format);
    Info("a\nb", {{"name", "x\r\n\x1b[31m\x7f\xc2\x9b"}});
  }
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 3u);
  for (const std::string& line : lines) {
    EXPECT_THAT(line, HasSubstr("a\\nb"));
    EXPECT_THAT(line, HasSubstr("x\\r\\n\\u001b[31m"));
    for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= 0x7e) << line;
  }
}

TEST_F(Log, RecordsBelowTheLevelAreNotWritten) {
  Use(Format::kPlain, Level::kWarn);
  Info("no");
  Warn("yes");
  EXPECT_FALSE(Enabled(Level::kInfo));
  EXPECT_TRUE(Enabled(Level::kError));
  EXPECT_EQ(Lines().size(), 1u);
  Use(Format::kPlain, Level::kOff);
  Error("no");
  EXPECT_EQ(Lines().size(), 1u);
}

TEST(LogWords, LevelsAndFormatsAreReadInAnyCase) {
  EXPECT_EQ(ParseLevel("WARNING").value(), Level::kWarn);
  EXPECT_EQ(ParseLevel("debug").value(), Level::kDebug);
  EXPECT_EQ(ParseLevel("loud").error().message,
            "log level 'loud': want debug, info, warning, error or off");
  EXPECT_EQ(ParseFormat("JSON").value(), Format::kJson);
  EXPECT_FALSE(ParseFormat("xml").has_value());
}

}  // namespace
}  // namespace brink::log
