// Pages of memory that are about to be used as a whole, asked for at once: to be handed them one by
// one, each when it is touched first, takes two to four times as long. Hints: what a system cannot
// do changes nothing but time.
#pragma once

#include <cstddef>
#include <span>

namespace brink {

// Before all of `bytes` is read: maps what lies of them in files.
void FetchPages(std::span<const std::byte> bytes);
// Before all of `bytes` is written, which nothing was written to so far.
void ClaimPages(std::span<std::byte> bytes);

}  // namespace brink
