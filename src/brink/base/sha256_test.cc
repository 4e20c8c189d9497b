#include "brink/base/sha256.h"

#include <gtest/gtest.h>

namespace brink {
namespace {

std::string Hex(std::string_view text) { return Sha256Hex(std::as_bytes(std::span(text))); }

// Wanted digests: FIPS 180-4's examples.
TEST(Sha256, GivesTheStandardsDigests) {
  EXPECT_EQ(Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  Sha256 sha;
  sha.Update(std::string_view("a"));
  sha.Update(std::string_view(""));
  Sha256 moved = std::move(sha);
  moved.Update(std::string_view("bc"));
  EXPECT_EQ(moved.HexDigest(), Hex("abc"));
}

}  // namespace
}  // namespace brink
