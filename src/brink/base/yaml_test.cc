#include "brink/base/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace brink::yaml {
namespace {

using testing::HasSubstr;

std::string ErrorOf(std::string_view text, const Limits& limits = {}) {
  const auto parsed = Parse(text, limits);
  return parsed ? "parsed" : parsed.error().message;
}

TEST(Yaml, KeepsOrderLinesAndQuotes) {
  const Node root = Parse("b: 1\na: [x, '2']\nc:\n  d: ~\n").value();
  ASSERT_EQ(root.entries.size(), 3u);
  EXPECT_EQ(root.entries[0].key, "b");
  EXPECT_EQ(root.entries[2].line, 3);
  EXPECT_EQ(root.entries[2].value.Find("d")->kind, Node::Kind::kNull);
  const Node& list = *root.Find("a");
  EXPECT_EQ(list.line, 2);
  EXPECT_FALSE(list.items[0].quoted);
  EXPECT_TRUE(list.items[1].quoted);
}

TEST(Yaml, ReadsSeveralDocuments) {
  EXPECT_EQ(ParseAll("a: 1\n---\nb: 2\n").value().size(), 2u);
  EXPECT_EQ(ErrorOf("a: 1\n---\nb: 2\n"), "line 3: a second document; one is expected");
  EXPECT_EQ(Parse("").value().kind, Node::Kind::kNull);
}

TEST(Yaml, ExpandsAliases) {
  const Node root = Parse("a: &x [1, 2]\nb: *x\n").value();
  EXPECT_EQ(root.Find("b")->items.size(), 2u);
}

TEST(Yaml, RefusesWhatItDoesNotMean) {
  EXPECT_EQ(ErrorOf("a: 1\na: 2\n"), "line 2: the key 'a' stands twice");
  EXPECT_EQ(ErrorOf("? [a]\n: 1\n"), "line 1: a key must be a scalar");
  EXPECT_EQ(ErrorOf("a: !!binary x\n"),
            "line 1: the tag 'tag:yaml.org,2002:binary' is not supported");
  EXPECT_THAT(ErrorOf("a: [1, 2\nb: 3\n"), HasSubstr("line "));
  EXPECT_THAT(ErrorOf("a: &x [*x]\n"), HasSubstr("line 1: "));
}

TEST(Yaml, RefusesControlCharactersAndWhatIsNotUtf8) {
  EXPECT_EQ(ErrorOf(std::string_view("a: 1\nb: \0", 10)), "line 2: a control character");
  EXPECT_EQ(ErrorOf("a: \x04"), "line 1: a control character");
  EXPECT_EQ(ErrorOf("a: \xff"), "the YAML text is not UTF-8");
  EXPECT_EQ(ErrorOf("a:\tb\r\n"), "parsed");
}

TEST(Yaml, StopsAtItsLimits) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    const std::string name = "a" + std::to_string(i);
    bomb += name + ": &" + name + " [" + before;
    for (int k = 1; k < 10; ++k) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_THAT(ErrorOf(bomb), HasSubstr("more than 200000 values"));
  EXPECT_EQ(ErrorOf(std::string(100, '[') + std::string(100, ']')),
            "line 1: nested deeper than 64 levels");
  EXPECT_THAT(ErrorOf(std::string(2'000'000, 'a')), HasSubstr("the limit is 1048576"));
  EXPECT_EQ(ErrorOf(", a"), "line 1: not YAML") << "yaml-cpp makes values of it for ever";
  const std::string long_text = "a: &t " + std::string(400'000, 'y') + "\nb: [*t, *t, *t, *t]\n";
  EXPECT_THAT(ErrorOf(long_text), HasSubstr("aliases expand to more than 1048576 bytes"));
}

TEST(Yaml, ScalarsReadAsWhatTheyAre) {
  const Node root = Parse("i: 12\nf: .5\nt: true\nq: '12'\ninf: .inf\n").value();
  EXPECT_EQ(AsInt(*root.Find("i"), "i").value(), 12);
  EXPECT_EQ(AsNumber(*root.Find("f"), "f").value(), .5);
  EXPECT_TRUE(AsBool(*root.Find("t"), "t").value());
  EXPECT_EQ(AsText(*root.Find("i"), "i").value(), "12");
  EXPECT_EQ(AsInt(*root.Find("q"), "m.q").error().message,
            "line 4: m.q: expected an integer, got '12'");
  EXPECT_FALSE(AsNumber(*root.Find("inf"), "inf").has_value());
  EXPECT_EQ(AsBool(root, "").error().message, "line 1: expected true or false, got a map");
}

TEST(Yaml, MapReaderNamesUnknownAndMissingKeys) {
  const Node root = Parse("width: 3\n\nwidht: 4\n").value();
  auto reader = MapReader::Open(root, "input").value();
  EXPECT_NE(reader.Take("width"), nullptr);
  EXPECT_EQ(reader.Take("height"), nullptr);
  EXPECT_EQ(reader.Finish().error().message,
            "line 3: the key 'input.widht' is not known; known here: width, height");
  EXPECT_EQ(reader.Need("tensor").error().message, "line 1: the key 'input.tensor' is missing");
}

TEST(Yaml, SurvivesMutatedText) {
  const std::string seed =
      "a: &x [1, {b: 'c', d: \"e\\n\"}]\nf: |\n  text\ng: *x\n? h\n: - i\n  - j\n";
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string text = seed;
    for (int k = 0; k < 4; ++k) {
      const size_t at = random() % text.size();
      if (random() % 3 == 0) {
        text.erase(at, 1 + random() % 3);
      } else {
        text[at] = "[]{}:,-?&*!|>'\"\n \t#%@\x80\0a"[random() % 24];
      }
    }
    (void)ParseAll(text);
  }
}

}  // namespace
}  // namespace brink::yaml
