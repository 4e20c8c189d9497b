#include "brink/engine/packed_weights.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <new>
#include <optional>
#include <span>
#include <utility>

#include "brink/base/checksum.h"
#include "brink/base/flush_subnormals.h"
#include "brink/base/pages.h"
#include "brink/base/zeroed_memory.h"

namespace brink::engine {
namespace {

constexpr std::array<char, 8> kMagic = {'b', 'r', 'i', 'n', 'k', 'p', 'w', '1'};

struct Header {
  std::array<char, 8> magic = kMagic;
  uint64_t file_bytes = 0;
  uint64_t checksum = 0;
  std::array<char, 40> unused{};
  std::array<char, 64> key{};  // from here on the checksum covers everything
};
constexpr size_t kChecked = offsetof(Header, key);
static_assert(sizeof(Header) % kTensorAlignment == 0 && kChecked % kTensorAlignment == 0);

// Much to pack on any machine. Of less, what is left after the first blocks, which find code and
// data in no cache, is shared where it seems to take ten times as long as to start a thread.
constexpr size_t kMuch = size_t{1} << 20;
constexpr std::chrono::duration<double> kWorthSharing = std::chrono::milliseconds(1);

size_t Aligned(size_t bytes) {
  return (bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

// Whether the checksum is the file's: as `known` says, or as is found out and remembered.
bool IsRight(const MappedFile& file, uint64_t wanted, const KnownFiles& known) {
  const std::string fact = "checksum " + std::to_string(wanted);
  if (known.Find(file.identity()) == fact) return true;
  if (ChecksumOf(file.bytes().subspan(kChecked)) != wanted) return false;
  known.Remember(file.identity(), fact);
  return true;
}

// How long the pages of an allocation take, in bytes of small ones.
size_t PagesCost(size_t bytes) {
  const size_t large = LargePages(bytes);
  return large * LargePageCost() + bytes - std::min(bytes, large * kLargePageBytes);
}

// Whether one allocation for both is had in less time than two, thanks to large pages.
bool SharesLargePages(size_t bytes, size_t arena_bytes) {
  return arena_bytes <= SIZE_MAX - bytes &&
         PagesCost(bytes + arena_bytes) < PagesCost(bytes) + PagesCost(arena_bytes);
}

size_t TableBytes(size_t blocks) { return Aligned((blocks + 1) * sizeof(uint64_t)); }

// How many blocks there are, and the size of each.
std::vector<std::byte> WriteTable(std::span<const PackedBlock> blocks) {
  std::vector<uint64_t> numbers{blocks.size()};
  for (const PackedBlock& block : blocks) numbers.push_back(block.bytes);
  const auto bytes = std::as_bytes(std::span(numbers));
  std::vector<std::byte> table(bytes.begin(), bytes.end());
  table.resize(TableBytes(blocks.size()));
  return table;
}

// Nothing where the table is longer than `bytes`.
std::optional<std::vector<size_t>> ReadTable(std::span<const std::byte> bytes) {
  const auto number = [&](size_t index) {
    uint64_t value = 0;
    std::memcpy(&value, bytes.data() + index * sizeof(value), sizeof(value));
    return value;
  };
  if (bytes.empty()) return std::nullopt;
  const uint64_t blocks = number(0);
  if (blocks >= bytes.size() / sizeof(uint64_t)) return std::nullopt;
  std::vector<size_t> sizes;
  for (size_t i = 1; i <= blocks; ++i) {
    if (number(i) > bytes.size()) return std::nullopt;
    sizes.push_back(static_cast<size_t>(number(i)));
  }
  return sizes;
}

// The block, then zeros up to where the next one begins.
template <class Function>
Status ForEachPiece(const PackedBlock& block, const Function& function) {
  const std::span<const std::byte> bytes(block.data.get(), block.bytes);
  const size_t whole = block.bytes / kTensorAlignment * kTensorAlignment;
  BRINK_TRY(function(bytes.first(whole)));
  if (whole == block.bytes) return {};
  std::array<std::byte, kTensorAlignment> last{};
  std::ranges::copy(bytes.subspan(whole), last.begin());
  return function(last);
}

// Appends to a file a large page at a time. Linux (since 6.16 with ext4) keeps what is written at
// once in one piece of memory, and maps that as a whole: 16 MB in ten faults in place of 240, half
// a millisecond, and the processor has fewer addresses to remember.
class LargeWrites {
 public:
  LargeWrites(AtomicFile& file, size_t file_bytes) : file_(file) {
    buffer_.reserve(std::min(file_bytes, kLargePageBytes));
  }

  Status Append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto part = bytes.first(std::min(bytes.size(), kLargePageBytes - buffer_.size()));
      buffer_.insert(buffer_.end(), part.begin(), part.end());
      bytes = bytes.subspan(part.size());
      if (buffer_.size() == kLargePageBytes) BRINK_TRY(Finish());
    }
    return {};
  }

  Status Finish() {
    BRINK_TRY(file_.Append(buffer_));
    buffer_.clear();
    return {};
  }

 private:
  AtomicFile& file_;
  std::vector<std::byte> buffer_;
};

}  // namespace

Result<PackedWeights> PackedWeights::Map(const std::string& path, const std::string& key,
                                         const KnownFiles& known) {
  PackedWeights weights;
  BRINK_ASSIGN(weights.file_, MappedFile::Open(path));
  BRINK_TRY(weights.ReadBlocks(path, key, known));
  return weights;
}

Status PackedWeights::ReadBlocks(const std::string& path, const std::string& key,
                                 const KnownFiles& known) {
  const std::span<const std::byte> bytes = file_->bytes();
  const auto damaged = [&] { return Fail(Code::kDataLoss, path + ": damaged packed weights"); };
  Header header;
  if (bytes.size() < sizeof(header) || bytes.size() % kTensorAlignment != 0) return damaged();
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != kMagic || header.file_bytes != bytes.size()) return damaged();
  if (std::string_view(header.key.data(), header.key.size()) != key)
    return Fail(Code::kFailedPrecondition, path + ": packed weights of another model or build");
  if (!IsRight(*file_, header.checksum, known)) return damaged();
  const std::optional<std::vector<size_t>> sizes = ReadTable(bytes.subspan(sizeof(header)));
  if (!sizes) return damaged();
  size_t at = sizeof(header) + TableBytes(sizes->size());
  for (const size_t size : *sizes) {
    if (size > bytes.size() - at) return damaged();
    blocks_.push_back({{file_, bytes.data() + at}, size});
    at += Aligned(size);
  }
  return {};
}

std::shared_ptr<const std::byte> PackedWeights::Take(
    ops::Packing packing, std::vector<std::span<const std::byte>> reads) {
  const size_t bytes = packing.bytes;
  if (IsMapped() && next_ < blocks_.size() && blocks_[next_].bytes == bytes)
    return blocks_[next_++].data;
  auto packed = Pack(std::move(packing), std::move(reads));
  if (!is_kept_) return packed;
  packed_bytes_ += bytes;
  if (!file_) blocks_.push_back({packed, bytes});
  return packed;
}

std::optional<SpareArena> PackedWeights::Reserve(size_t bytes, size_t arena_bytes) {
  is_kept_ = bytes >= least_bytes_;
  if (is_kept_ && open_) {
    if (auto opened = std::exchange(open_, nullptr)()) {
      file_ = std::move(opened->file_);
      blocks_ = std::move(opened->blocks_);
    }
  }
  if (IsMapped() || bytes == 0) return std::nullopt;
  const bool is_shared = SharesLargePages(bytes, arena_bytes);
  const size_t reserved_bytes = bytes + (is_shared ? arena_bytes : 0);
  reserved_ = ReserveZeroed(reserved_bytes);
  if (reserved_) claims_ = std::make_unique<PageClaims>(std::span(reserved_.get(), reserved_bytes));
  room_ = {reserved_.get(), reserved_ ? bytes : 0};
  if (!is_shared || !reserved_) return std::nullopt;
  return SpareArena(reserved_, {reserved_.get() + bytes, arena_bytes});
}

size_t PackedWeights::ReservedBytes(size_t block_bytes) { return Aligned(block_bytes); }

std::shared_ptr<const std::byte> PackedWeights::Pack(
    ops::Packing packing, std::vector<std::span<const std::byte>> reads) {
  const size_t bytes = ReservedBytes(packing.bytes);
  if (bytes > room_.size()) {
    for (const auto& read : reads) FetchPages(read);
    return packing.InMemory();
  }
  std::byte* const block = room_.data();
  room_ = room_.subspan(bytes);
  jobs_.push_back(
      {std::move(packing.write), packing.scratch_bytes, {block, packing.bytes}, std::move(reads)});
  return {reserved_, block};
}

class PackedWeights::Packer {
 public:
  Packer(std::vector<Job> jobs, PageClaims& claims, const Done& done)
      : jobs_(std::move(jobs)), claims_(claims), done_(done) {
    for (const Job& job : jobs_) {
      blocks_.push_back(job.to);
      bytes_ += job.to.size();
      scratch_room_ = std::max(scratch_room_, job.scratch_bytes);
    }
  }

  size_t bytes() const { return bytes_; }

  // Packs alone as long as the rest seems to take less than `worth_sharing`: whether nothing is
  // left.
  bool PackAlone(std::chrono::duration<double> worth_sharing) {
    using Clock = std::chrono::steady_clock;
    ZeroedMemory scratch;
    size_t packed = 0;
    for (const auto begin = Clock::now(); next_ < jobs_.size(); ++next_) {
      const std::chrono::duration<double> took = Clock::now() - begin;
      const auto left = static_cast<double>(bytes_ - packed);
      if (packed > bytes_ / 8 && took * left > worth_sharing * static_cast<double>(packed))
        return false;
      claims_.Claim(blocks_[next_]);
      Pack(next_, scratch);
      packed += blocks_[next_].size();
    }
    return true;
  }

  // Packs what is left.
  void PackTogether(ThreadPool& pool, int threads) {
    std::vector<ZeroedMemory> scratch(static_cast<size_t>(threads));  // one a worker
    std::atomic<bool> lacks_memory = false;
    std::atomic<bool> serves = threads <= kMostServed;
    pool.Start();
    pool.For(static_cast<int>(jobs_.size() - next_) + 1, threads, [&](int task, int worker) {
      if (task == 0) {  // the caller's first
        if (serves) ClaimForOthers(static_cast<size_t>(threads));
        serves = false;
        return;
      }
      const size_t job = next_ + static_cast<size_t>(task - 1);
      claims_.Await(blocks_[job], serves);
      try {
        Pack(job, scratch[static_cast<size_t>(worker)]);
      } catch (const std::bad_alloc&) {
        lacks_memory = true;
      }
    });
    if (lacks_memory) throw std::bad_alloc();
  }

 private:
  // So many threads have the calling one claim their large pages: the memory of a process that just
  // ended lies with the CPU that it ended on, and a new process mostly begins there, where its
  // second thread would be handed pages from far away. To clear pages is most of what is to be done
  // where there are more threads.
  static constexpr int kMostServed = 3;

  // In the order in which the threads come to them: see ThreadPool::Run.
  void ClaimForOthers(size_t threads) {
    const size_t jobs = blocks_.size() - next_;
    for (size_t step = 0; step <= jobs / threads; ++step) {
      for (size_t part = 1; part < threads; ++part) {
        const size_t job = jobs * part / threads + step;
        if (job < jobs * (part + 1) / threads) claims_.Claim(blocks_[next_ + job]);
      }
    }
  }

  // In scratch memory that the first block that needs some allocates for all.
  void Pack(size_t index, ZeroedMemory& scratch) {
    const Job job = std::exchange(jobs_[index], {});  // lets go of what it read
    if (job.scratch_bytes > 0 && scratch == nullptr) {
      scratch = AllocateZeroed(scratch_room_);
      if (scratch == nullptr) throw std::bad_alloc();
    }
    for (const auto& read : job.reads) FetchPages(read);
    job.write(job.to.data(), scratch.get());
    for (const auto& read : job.reads) done_(read);
  }

  std::vector<Job> jobs_;
  std::vector<std::span<std::byte>> blocks_;  // theirs
  PageClaims& claims_;
  const Done& done_;
  size_t bytes_ = 0;
  size_t scratch_room_ = 0;
  size_t next_ = 0;  // of the blocks that are not packed
};

void PackedWeights::PackAll(ThreadPool* pool, int threads, const Done& done) {
  if (claims_ == nullptr) return;
  const FlushSubnormals flush;  // as the pool's threads do, and runs: whoever packs makes the same
  Packer packer(std::exchange(jobs_, {}), *claims_, done);
  if (pool == nullptr || threads <= 1) {
    packer.PackAlone(std::chrono::duration<double>::max());
  } else if (packer.bytes() >= kMuch || !packer.PackAlone(kWorthSharing)) {
    packer.PackTogether(*pool, threads);
    claims_->Claim(claims_->memory());  // of an arena
  }
  claims_.reset();
}

bool PackedWeights::AllMapped() const {
  return file_ && packed_bytes_ == 0 && next_ == blocks_.size();
}

Status PackedWeights::Write(const std::string& path, const std::string& key) const {
  Header header;
  std::copy_n(key.begin(), std::min(key.size(), header.key.size()), header.key.begin());
  const std::vector<std::byte> table = WriteTable(blocks_);
  Checksum checksum;
  checksum.Add(std::as_bytes(std::span(header.key)));
  checksum.Add(table);
  header.file_bytes = sizeof(header) + table.size();
  for (const PackedBlock& block : blocks_) {
    BRINK_TRY(ForEachPiece(block, [&](std::span<const std::byte> piece) -> Status {
      checksum.Add(piece);
      header.file_bytes += piece.size();
      return {};
    }));
  }
  header.checksum = checksum.value();
  std::error_code ignored;  // what keeps the folder from being made keeps the file too
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  BRINK_ASSIGN(AtomicFile file, AtomicFile::Create(path));
  LargeWrites writes(file, header.file_bytes);
  BRINK_TRY(writes.Append(std::as_bytes(std::span(&header, 1))));
  BRINK_TRY(writes.Append(table));
  for (const PackedBlock& block : blocks_) {
    BRINK_TRY(ForEachPiece(block,
                           [&](std::span<const std::byte> piece) { return writes.Append(piece); }));
  }
  BRINK_TRY(writes.Finish());
  return file.CommitUnflushed();
}

}  // namespace brink::engine
