#include "brink/storage/uri.h"

#include <gtest/gtest.h>

#include "brink/storage/storage.h"

namespace brink::storage {
namespace {

TEST(Uri, SchemesAreToldFromPaths) {
  EXPECT_EQ(SchemeOf("https://example.com/a"), "https");
  EXPECT_EQ(SchemeOf("FILE:/a"), "file");
  EXPECT_EQ(SchemeOf("s3:bucket/a"), "s3");
  for (const char* path : {"", "a.tflite", "/a:b", "./a:b", "a/b:c", "9p:x", ":x", "a b:c"}) {
    EXPECT_EQ(SchemeOf(path), "") << path;
  }
}

TEST(Uri, FileNamesAreSafe) {
  EXPECT_EQ(FileNameOf("https://example.com/m/face.tflite?x=/y#z/w"), "face.tflite");
  EXPECT_EQ(FileNameOf("https://example.com/a%20b%2Fc.tflite"), "a_b_c.tflite");
  EXPECT_EQ(FileNameOf("https://example.com/.."), "_.");
  EXPECT_EQ(FileNameOf("https://example.com/"), "model");
  EXPECT_EQ(FileNameOf("https://example.com"), "model");
  EXPECT_EQ(FileNameOf("https://e/" + std::string(500, 'a') + ".tflite").size(), 100u);
}

TEST(Uri, SecretsAreNotShown) {
  EXPECT_EQ(Redact("https://user:pa@ss@example.com/a?X-Sig=abc&b#frag"),
            "https://example.com/a?X-Sig=***&b");
  EXPECT_EQ(Redact("https://example.com/@scope/a"), "https://example.com/@scope/a");
  EXPECT_EQ(Redact("https://token@example.com"), "https://example.com");
  EXPECT_EQ(Redact("https:/user:pass@example.com/a"), "https:/example.com/a");
  EXPECT_EQ(Redact("https:user:pass@example.com"), "https:example.com");
  EXPECT_EQ(Redact("https:a:b@//c:d@example.com/e"), "https://example.com/e");
  EXPECT_EQ(Redact("file:///a@b/c"), "file:///a@b/c");
  EXPECT_EQ(Redact("/models/a?b=c"), "/models/a?b=c");
}

TEST(Mirrors, AreReadFromPairs) {
  const auto mirrors = ParseMirrors({"https://a/=/srv/a/", "x=https://b/?q=1"});
  ASSERT_TRUE(mirrors);
  EXPECT_EQ((*mirrors)[0], std::make_pair(std::string("https://a/"), std::string("/srv/a/")));
  EXPECT_EQ((*mirrors)[1].second, "https://b/?q=1");
  for (const char* wrong : {"", "a", "=b", "a="}) EXPECT_FALSE(ParseMirrors({wrong})) << wrong;
}

}  // namespace
}  // namespace brink::storage
