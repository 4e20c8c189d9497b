// Where the packed weights of a plan come from while it is built: memory, or a file that an earlier
// plan of the same model left, mapped, so that a start packs nothing and processes share the pages.
// engine/ only.
//
//   64 bytes: magic, size of the file, checksum of all behind these 64 bytes
//   64 bytes: key, hex
//   how many blocks there are, the size of each
//   the blocks in the order in which the plan asks for them
//
// Numbers have 8 bytes as the machine orders them (the key names the build, and so the machine);
// the table and each block are followed by zeros up to a multiple of 64 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "brink/base/file.h"
#include "brink/base/result.h"
#include "brink/base/thread_pool.h"
#include "brink/base/zeroed_memory.h"
#include "brink/engine/spare_arena.h"
#include "brink/ops/op.h"

namespace brink::engine {

struct PackedBlock {
  std::shared_ptr<const std::byte> data;
  size_t bytes = 0;
};

class PackedWeights {
 public:
  // Packs into memory.
  PackedWeights() = default;
  // Packs into memory where there is little to pack; asks for a file, once, where a plan reserves
  // `least_bytes` or more, and packs into memory where there is none.
  using Open = std::function<Result<PackedWeights>()>;
  PackedWeights(size_t least_bytes, Open open)
      : least_bytes_(least_bytes), open_(std::move(open)) {}
  // From the file at `path`. Fails where there is none, where it is damaged, and where it was made
  // for another key. It is read whole, unless `known` says that its checksum was found right.
  static Result<PackedWeights> Map(const std::string& path, const std::string& key,
                                   const KnownFiles& known = KnownFiles());

  using Done = std::function<void(std::span<const std::byte> read)>;

  // That much more is about to be taken by one plan: where it is packed into memory, one allocation
  // serves it all. Where memory is short nothing is reserved, and each block has to find its own.
  // Returns room for an arena of that size, where it is best allocated together with the weights.
  std::optional<SpareArena> Reserve(size_t bytes, size_t arena_bytes = 0);
  // What a block takes of a reservation.
  static size_t ReservedBytes(size_t block_bytes);
  bool has_file() const { return file_ != nullptr; }
  // Whether the blocks to be taken are from it.
  bool IsMapped() const { return file_ != nullptr && is_kept_; }
  // The next block, made of `reads`; PackAll fills it, unless it is mapped or found no room in a
  // reservation.
  std::shared_ptr<const std::byte> Take(ops::Packing packing,
                                        std::vector<std::span<const std::byte>> reads = {});
  // Fills what was taken: on `pool`'s threads too where there are any, up to `threads`, and where
  // it is much. Calls `done` with what a block was made of. Throws std::bad_alloc.
  void PackAll(ThreadPool* pool, int threads, const Done& done);
  // Once all were taken: whether they came from the file, each of them, and nothing else is in it.
  bool AllMapped() const;
  // What was packed into memory and belongs into a file.
  size_t packed_bytes() const { return packed_bytes_; }

  // What was packed, as a file that appears whole; its folder is made. A crash of the machine may
  // leave a damaged one, which Map tells.
  Status Write(const std::string& path, const std::string& key) const;

 private:
  // A block of the reservation to be filled.
  struct Job {
    std::function<void(std::byte* to, std::byte* scratch)> write;
    size_t scratch_bytes = 0;
    std::span<std::byte> to;
    std::vector<std::span<const std::byte>> reads;
  };
  class Packer;  // fills such blocks

  Status ReadBlocks(const std::string& path, const std::string& key, const KnownFiles& known);
  std::shared_ptr<const std::byte> Pack(ops::Packing packing,
                                        std::vector<std::span<const std::byte>> reads);

  size_t least_bytes_ = 0;
  Open open_;            // until it was called; or null
  bool is_kept_ = true;  // whether the blocks to be taken are of a file, or for one
  std::shared_ptr<const MappedFile> file_;  // null: packs
  std::vector<PackedBlock> blocks_;         // of the file; or what was packed
  size_t next_ = 0;                         // in the file
  std::shared_ptr<std::byte[]> reserved_;
  std::unique_ptr<PageClaims> claims_;  // of the reservation, until PackAll has filled it
  std::span<std::byte> room_;           // of the reservation, for the next blocks
  std::vector<Job> jobs_;               // for PackAll
  size_t packed_bytes_ = 0;
};

}  // namespace brink::engine
