// Pages of memory that are about to be used as a whole, asked for by the many: to be handed them
// one by one, each when it is touched first, can take several times as long. And those that were
// used. Hints: what a system cannot do changes nothing but time and memory.
#pragma once

#include <cstddef>
#include <span>

namespace brink {

// Before all of `bytes` is read: maps what lies of them in files.
void FetchPages(std::span<const std::byte> bytes);
// Once all of `bytes`, of a mapped file, was read: gives back the pages that lie in them as a
// whole. What is read of them again comes from the file.
void ReleasePages(std::span<const std::byte> bytes);
// Before all of `bytes` is written, which nothing was written to so far.
void ClaimPages(std::span<std::byte> bytes);

}  // namespace brink
