#include "brink/base/yaml_writer.h"

#include <gtest/gtest.h>

#include <random>

namespace brink::yaml {
namespace {

bool Same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.text != b.text) return false;
  return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), Same) &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                    [](const Entry& x, const Entry& y) {
                      return x.key == y.key && Same(x.value, y.value);
                    });
}

std::string Rewritten(std::string_view text) { return Write(Parse(text).value()); }

TEST(YamlWriter, WritesBlocksInTheOrderOfTheTree) {
  const std::string text =
      "kind: Deployment\n"
      "spec:\n"
      "  containers:\n"
      "  - name: model\n"
      "    args:\n"
      "    - up\n"
      "    - -f\n"
      "  empty: []\n"
      "  none: {}\n"
      "  nothing: null\n";
  EXPECT_EQ(Rewritten(text), text);
}

TEST(YamlWriter, KeepsQuotesThatMakeTextOfAWord) {
  EXPECT_EQ(Rewritten("a: 'true'\nb: true\nc: \"9000\"\nd: 9000\n"),
            "a: \"true\"\nb: true\nc: \"9000\"\nd: 9000\n");
}

TEST(YamlWriter, LinesBecomeALiteralBlock) {
  Node node{.kind = Node::Kind::kMap};
  node.entries.push_back({"file", 1, {.kind = Node::Kind::kScalar, .text = "a: 1\n\n  b: 2\n"}});
  EXPECT_EQ(Write(node), "file: |\n  a: 1\n\n    b: 2\n");
  EXPECT_TRUE(Same(Parse(Write(node)).value(), node));
}

Node RandomNode(std::mt19937& random, int depth) {
  static constexpr std::string_view kTexts[] = {
      "",      "x",     "- a",  "a: b",   " lead", "#no", "~",        "null",  "1e5",  "tail ",
      "é\n",   "two\n", "-",    "--",     "[",     "{}",  "a\n\nb\n", "a\nb",  "\t",   "key:",
      "\"q\"", "'",     "%x",   "@home",  "|",     ">",   "\n",       "a\n\n", "!tag", "&a",
      "-f",    "0x10",  "a\\b", "\x7f\n", "--- a", "...", "a #b\n",   "?",     ": x",  "*a"};
  const unsigned kind = random() % (depth > 3 ? 1 : 4);
  if (kind == 2) {
    Node list{.kind = Node::Kind::kList};
    for (unsigned i = random() % 4; i > 0; --i) list.items.push_back(RandomNode(random, depth + 1));
    return list;
  }
  if (kind == 3) {
    Node map{.kind = Node::Kind::kMap};
    for (unsigned i = random() % 4; i > 0; --i) {
      const std::string key = std::string(kTexts[random() % std::size(kTexts)]) + std::to_string(i);
      map.entries.push_back({key, 0, RandomNode(random, depth + 1)});
    }
    return map;
  }
  return {.kind = Node::Kind::kScalar,
          .quoted = true,
          .text = std::string(kTexts[random() % std::size(kTexts)])};
}

TEST(YamlWriter, WhatIsWrittenIsReadBackTheSame) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const Node node = RandomNode(random, 0);
    const std::string text = Write(node);
    const auto read = Parse(text);
    ASSERT_TRUE(read) << read.error().message << "\n" << text;
    ASSERT_TRUE(Same(*read, node)) << text;
  }
}

}  // namespace
}  // namespace brink::yaml
