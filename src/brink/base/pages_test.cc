#include "brink/base/pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "brink/base/file.h"
#include "brink/base/zeroed_memory.h"

namespace brink {
namespace {

TEST(Pages, WhatIsFetchedOrClaimedHasItsContentStill) {
  constexpr size_t kBytes = 1'000'003;
  const std::vector<std::byte> written(kBytes, std::byte{7});
  const std::string path = testing::TempDir() + "pages_test";
  ASSERT_TRUE(WriteFile(path, written));
  const auto file = MappedFile::Open(path);
  ASSERT_TRUE(file);
  const ZeroedMemory zeros = AllocateZeroed(kBytes);
  for (const size_t first : {size_t{0}, size_t{1}, size_t{4097}, kBytes - 1, kBytes}) {
    const std::span<const std::byte> read = (*file)->bytes().subspan(first);
    FetchPages(read);
    const auto is_as_written = [&] {
      return std::ranges::all_of(read, [](std::byte b) { return b == std::byte{7}; });
    };
    EXPECT_TRUE(is_as_written());
    ReleasePages(read);
    EXPECT_TRUE(is_as_written());
    const std::span claimed(zeros.get() + first, kBytes - first);
    ClaimPages(claimed);
    EXPECT_TRUE(std::ranges::all_of(claimed, [](std::byte b) { return b == std::byte{0}; }));
  }
  FetchPages({});
  ReleasePages({});
  ClaimPages({});
}

}  // namespace
}  // namespace brink
