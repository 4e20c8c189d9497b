#include "brink/storage/partial_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "brink/base/file.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;

class PartOfAFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "brink-partial-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string Prefix() const { return folder_ / "x"; }
  PartialFile Open() const { return PartialFile::Open(Prefix()).value(); }
  std::string State() const { return ReadTextFile(Prefix() + ".state", 1 << 20).value(); }
  void SetState(const std::string& text) const {
    ASSERT_TRUE(WriteFile(Prefix() + ".state", std::as_bytes(std::span(text))));
  }
  // 100 bytes of version "one" are there.
  void Begin() const {
    PartialFile file = Open();
    const std::string bytes(100, 'x');
    ASSERT_TRUE(file.Restart({.etag = "\"one\"", .last_modified = "", .total = 1000}));
    ASSERT_TRUE(file.Write(0, std::as_bytes(std::span(bytes))));
    ASSERT_TRUE(file.Save());
  }

  fs::path folder_;
};

TEST_F(PartOfAFile, IsFoundByASuccessor) {
  Begin();
  const PartialFile file = Open();
  EXPECT_EQ(file.done().Bytes(), 100);
  EXPECT_EQ(file.version().etag, "\"one\"");
  EXPECT_EQ(file.version().total, 1000);
}

TEST_F(PartOfAFile, HasAStateThatIsWholeAfterAShorterOneToo) {
  Begin();
  {
    PartialFile file = Open();
    const std::string bytes(10, 'y');
    for (const int64_t at : {200, 400, 600}) {
      ASSERT_TRUE(file.Write(at, std::as_bytes(std::span(bytes))));
    }
    ASSERT_TRUE(file.Save());
    const std::string rest(600, 'z');
    ASSERT_TRUE(file.Write(0, std::as_bytes(std::span(rest))));  // now it is one range
    ASSERT_TRUE(file.Save());
  }
  EXPECT_EQ(Open().done().ranges(), (std::vector<ByteRange>{{0, 610}}));
}

TEST_F(PartOfAFile, BelievesNoStateThatIsHalfWritten) {
  Begin();
  const std::string whole = State();
  const size_t at = whole.find("[0,100]");
  ASSERT_NE(at, std::string::npos) << whole;
  std::string other = whole;
  other.replace(at, 7, "[0,900]");
  for (const std::string& text : {other, whole.substr(0, whole.size() / 2), std::string()}) {
    SetState(text);
    EXPECT_EQ(Open().done().Bytes(), 0) << text;
  }
  SetState(whole);
  EXPECT_EQ(Open().done().Bytes(), 100);
}

TEST_F(PartOfAFile, IsForgottenWhenAnotherVersionBegins) {
  Begin();
  ASSERT_TRUE(Open().Restart({.etag = "\"two\"", .last_modified = "", .total = 5}));
  EXPECT_EQ(Open().done().Bytes(), 0);
}

}  // namespace
}  // namespace brink::storage
