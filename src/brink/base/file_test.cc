#include "brink/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace brink {
namespace {

using ::testing::HasSubstr;

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "brink-file-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  size_t FilesInDirectory() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(directory_), {}));
  }

  std::filesystem::path directory_;
};

TEST_F(FileTest, WhatIsWrittenIsReadAndMapped) {
  ASSERT_TRUE(WriteFile(Path("a"), Bytes("hello")));
  EXPECT_EQ(ReadTextFile(Path("a"), 5).value(), "hello");
  EXPECT_EQ(ReadFile(Path("a"), 100)->size(), 5u);
  const auto mapped = MappedFile::Open(Path("a")).value();
  EXPECT_TRUE(std::ranges::equal(mapped->bytes(), Bytes("hello")));
}

TEST_F(FileTest, AnEmptyFileHasNoBytes) {
  ASSERT_TRUE(WriteFile(Path("empty"), {}));
  EXPECT_EQ(ReadTextFile(Path("empty"), 0).value(), "");
  EXPECT_TRUE(MappedFile::Open(Path("empty")).value()->bytes().empty());
}

TEST_F(FileTest, AFileOverTheLimitIsRefused) {
  ASSERT_TRUE(WriteFile(Path("a"), Bytes("hello")));
  const auto read = ReadFile(Path("a"), 4);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kResourceExhausted);
  EXPECT_EQ(read.error().message, Path("a") + ": longer than the limit of 4 bytes");
}

TEST_F(FileTest, FilesThatHideTheirSizeAreReadWhole) {
  const auto status = ReadTextFile("/proc/self/status", 1 << 20);
  ASSERT_TRUE(status);
  EXPECT_THAT(*status, HasSubstr("VmRSS"));
  EXPECT_EQ(ReadTextFile("/proc/self/status", 100).error().code, Code::kResourceExhausted);
}

TEST_F(FileTest, ErrorsNameThePathAndTheReason) {
  EXPECT_EQ(MappedFile::Open(Path("none")).error().message,
            Path("none") + ": cannot open: No such file or directory");
  EXPECT_EQ(MappedFile::Open(Path("none")).error().code, Code::kNotFound);
  EXPECT_EQ(ReadFile(Path(""), 1).error().message,
            Path("") + ": is a directory, a file is expected");
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(ReadFile(Path("pipe"), 1).error().message, Path("pipe") + ": is not a regular file");
  EXPECT_EQ(WriteFile(Path("none/a"), {}).error().code, Code::kNotFound);
}

TEST_F(FileTest, WithoutCommitTheOldBytesStayAndNothingIsLeftBehind) {
  ASSERT_TRUE(WriteFile(Path("a"), Bytes("old")));
  {
    AtomicFile file = AtomicFile::Create(Path("a")).value();
    ASSERT_TRUE(file.Append(Bytes("new")));
    EXPECT_EQ(FilesInDirectory(), 2u);
    EXPECT_EQ(ReadTextFile(Path("a"), 100).value(), "old");
  }
  EXPECT_EQ(FilesInDirectory(), 1u);
  EXPECT_EQ(ReadTextFile(Path("a"), 100).value(), "old");
}

TEST_F(FileTest, CommitReplacesTheFile) {
  ASSERT_TRUE(WriteFile(Path("a"), Bytes("old")));
  AtomicFile first = AtomicFile::Create(Path("a")).value();
  AtomicFile second = AtomicFile::Create(Path("a")).value();
  ASSERT_TRUE(first.Append(Bytes("ne")));
  AtomicFile moved = std::move(first);
  ASSERT_TRUE(moved.Append(Bytes("w")));
  ASSERT_TRUE(moved.Commit());
  EXPECT_EQ(ReadTextFile(Path("a"), 100).value(), "new");
  ASSERT_TRUE(second.Commit());
  EXPECT_EQ(ReadTextFile(Path("a"), 100).value(), "");
  EXPECT_EQ(FilesInDirectory(), 1u);
}

}  // namespace
}  // namespace brink
