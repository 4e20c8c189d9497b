#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <random>
#include <string>

#include "brink/base/sha256.h"
#include "brink/storage/following_digest.h"

namespace brink::storage {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

class FollowsAFile : public testing::Test {
 protected:
  // The next piece of the content from `offset` on, where `in_file` says in the file too.
  Piece Next(size_t offset, bool in_file = true) {
    Piece piece;
    const auto rest = std::as_bytes(std::span(content_)).subspan(offset);
    const size_t taken = piece.Add(offset, rest);
    if (in_file) Write(offset, taken);
    return piece;
  }
  void Write(size_t offset, size_t size) {
    const ssize_t wrote =
        pwrite(descriptor_, content_.data() + offset, size, static_cast<off_t>(offset));
    ASSERT_EQ(wrote, static_cast<ssize_t>(size));
  }
  std::string Wanted() const { return Sha256Hex(std::as_bytes(std::span(content_))); }

  std::unique_ptr<std::FILE, CloseFile> file_{std::tmpfile()};
  int descriptor_ = fileno(file_.get());
  std::string content_ = [] {
    std::mt19937 random(3);
    std::string text(20 * Piece::kBytes + 1234, '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
  }();
};

TEST_F(FollowsAFile, AndTakesPiecesThatFollowEachOtherFromMemory) {
  FollowingDigest digest(descriptor_);
  for (size_t at = 0; at < content_.size();) {
    Piece piece = Next(at, false);  // were it read, there would be nothing
    const auto begin = static_cast<int64_t>(at);
    at += piece.bytes().size();
    digest.Advance(static_cast<int64_t>(at), begin, piece);
    EXPECT_TRUE(piece.empty());
  }
  EXPECT_EQ(digest.Finish(static_cast<int64_t>(content_.size())).value(), Wanted());
}

TEST_F(FollowsAFile, AndReadsWhatCameOutOfOrder) {
  FollowingDigest digest(descriptor_);
  const size_t half = 10 * Piece::kBytes;
  Write(half, content_.size() - half);  // another connection's
  for (size_t at = 0; at < half;) {
    Piece piece = Next(at);
    const auto begin = static_cast<int64_t>(at);
    at += piece.bytes().size();
    digest.Advance(static_cast<int64_t>(at == half ? content_.size() : at), begin, piece);
  }
  EXPECT_EQ(digest.Finish(static_cast<int64_t>(content_.size())).value(), Wanted());
}

TEST_F(FollowsAFile, AndGoesOnFromMemoryBehindWhatWasThere) {
  FollowingDigest digest(descriptor_);
  size_t at = 3 * Piece::kBytes + 77;
  Write(0, at);
  digest.Advance(static_cast<int64_t>(at));
  while (at < content_.size()) {
    Piece piece = Next(at);
    const auto begin = static_cast<int64_t>(at);
    at += piece.bytes().size();
    digest.Advance(static_cast<int64_t>(at), begin, piece);
  }
  EXPECT_EQ(digest.Finish(static_cast<int64_t>(content_.size())).value(), Wanted());
}

TEST_F(FollowsAFile, AndSaysThatItCannotBeRead) {
  FollowingDigest digest(descriptor_);
  digest.Advance(static_cast<int64_t>(content_.size()));
  EXPECT_FALSE(digest.Finish(static_cast<int64_t>(content_.size())));
}

TEST_F(FollowsAFile, AndGivesUpWhenItIsNoLongerWanted) {
  FollowingDigest digest(descriptor_);
  Piece piece = Next(0);
  digest.Advance(static_cast<int64_t>(Piece::kBytes), 0, piece);
}

}  // namespace
}  // namespace brink::storage
