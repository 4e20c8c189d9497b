#include "brink/storage/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <span>
#include <string>
#include <string_view>

#include "brink/base/file.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr char kFile = '0';
constexpr char kHardLink = '1';

// A member of a tar archive: POSIX.1-1988 ustar, a header of 512 bytes, then whole blocks.
std::string Member(const std::string& name, char type, std::string_view content,
                   const std::string& target = "") {
  std::array<char, 512> header{};
  const auto put = [&](size_t at, std::string_view text) { text.copy(&header[at], text.size()); };
  std::array<char, 12> octal{};
  std::snprintf(octal.data(), octal.size(), "%011zo", content.size());
  put(0, name);
  put(100, "0000644");
  put(124, octal.data());
  put(136, "00000000000");
  put(148, "        ");  // the sum is of these
  header[156] = type;
  put(157, target);
  put(257, "ustar");
  put(263, "00");
  const unsigned sum = std::accumulate(header.begin(), header.end(), 0U, [](unsigned all, char c) {
    return all + static_cast<unsigned char>(c);
  });
  std::snprintf(octal.data(), octal.size(), "%06o", sum);
  put(148, octal.data());
  header[154] = 0;
  std::string member(header.data(), header.size());
  member += content;
  member.resize((member.size() + 511) / 512 * 512);
  return member;
}

class ArchiveTest : public testing::Test {
 protected:
  ArchiveTest() {
    fs::remove_all(root_);
    fs::create_directories(folder_);
  }
  ~ArchiveTest() override { fs::remove_all(root_); }

  Result<int64_t> UnpackAll(const std::string& members, const UnpackOptions& options) {
    const std::string archive = members + std::string(1024, '\0');
    const std::string path = root_ / "archive.tar";
    EXPECT_TRUE(WriteFile(path, std::as_bytes(std::span(archive))));
    return Unpack(path, folder_, options);
  }

  const fs::path root_ = fs::path(testing::TempDir()) / "archive_test";
  const fs::path folder_ = root_ / "to";
};

const std::string kThousand(1000, 'x');
const std::string kLinked = Member("a/file", kFile, kThousand) +
                            Member("one", kHardLink, "", "a/file") +
                            Member("b/two", kHardLink, "", "one");

TEST_F(ArchiveTest, LinksAreTheFilesThatTheyNameAndTakeNoRoom) {
  EXPECT_EQ(UnpackAll(kLinked, {.max_bytes = 1000}), 3);
  EXPECT_EQ(fs::hard_link_count(folder_ / "a/file"), 3U);
  EXPECT_EQ(*ReadTextFile(folder_ / "b/two", 1001), kThousand);
}

TEST_F(ArchiveTest, LinksThatBecomeCopiesCountLikeFiles) {
  EXPECT_EQ(UnpackAll(kLinked, {.max_bytes = 3000, .hard_links = false}), 3);
  EXPECT_EQ(fs::hard_link_count(folder_ / "a/file"), 1U);
  EXPECT_EQ(*ReadTextFile(folder_ / "b/two", 1001), kThousand);

  fs::remove_all(folder_);
  fs::create_directory(folder_);
  const auto over = UnpackAll(kLinked, {.max_bytes = 2999, .hard_links = false});
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::kResourceExhausted);
  EXPECT_THAT(over.error().message, HasSubstr("more than the limit of 2999 bytes"));
}

}  // namespace
}  // namespace brink::storage
