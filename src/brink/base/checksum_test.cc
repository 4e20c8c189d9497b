#include "brink/base/checksum.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace brink {
namespace {

std::vector<std::byte> Counting(size_t size) {
  std::vector<std::byte> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7);
  return bytes;
}

TEST(ChecksumTest, EveryBitOfEveryByteCounts) {
  const std::vector<std::byte> bytes = Counting(150);
  std::set<uint64_t> found{ChecksumOf(bytes)};
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<std::byte> other = bytes;
      other[at] ^= std::byte{1} << bit;
      EXPECT_TRUE(found.insert(ChecksumOf(other)).second) << at << " bit " << bit;
    }
  }
}

TEST(ChecksumTest, EveryLengthCounts) {
  const std::vector<std::byte> zeros(200);
  std::set<uint64_t> found;
  for (size_t size = 0; size <= zeros.size(); ++size)
    EXPECT_TRUE(found.insert(ChecksumOf(std::span(zeros).first(size))).second) << size;
}

TEST(ChecksumTest, WhereThePiecesEndDoesNotCount) {
  const std::vector<std::byte> bytes = Counting(300);
  for (const size_t cut : {size_t{0}, size_t{64}, size_t{256}}) {
    Checksum checksum;
    checksum.Add(std::span(bytes).first(cut));
    checksum.Add(std::span(bytes).subspan(cut));
    EXPECT_EQ(checksum.value(), ChecksumOf(bytes)) << cut;
  }
}

}  // namespace
}  // namespace brink
