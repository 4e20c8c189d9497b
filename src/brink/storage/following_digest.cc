#include "brink/storage/following_digest.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <system_error>
#include <vector>

#include "brink/base/sha256.h"

namespace brink::storage {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;
// Smaller steps are not worth a change of threads; in larger ones giving up is noticed late.
constexpr int64_t kLeastAtOnce = int64_t{512} << 10;
constexpr int64_t kMostAtOnce = int64_t{8} << 20;
// What waits to be fed from memory.
constexpr int64_t kMostBehind = int64_t{3} << 19;

// Feeds [from, to) of the file.
Status Feed(int descriptor, int64_t from, int64_t to, std::span<std::byte> piece, Sha256& sha) {
  while (from < to) {
    const size_t wanted = std::min<uint64_t>(piece.size(), static_cast<uint64_t>(to - from));
    const ssize_t got = pread(descriptor, piece.data(), wanted, from);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      return Fail(Code::kDataLoss, "cannot read what was written: " +
                                       std::system_category().message(got < 0 ? errno : EIO));
    }
    sha.Update(piece.first(static_cast<size_t>(got)));
    from += got;
  }
  return {};
}

}  // namespace

FollowingDigest::FollowingDigest(int descriptor)
    : descriptor_(descriptor), digest_(""), thread_([this] { Follow(); }) {}

FollowingDigest::~FollowingDigest() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    given_up_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void FollowingDigest::Advance(int64_t offset) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ready_ = std::max(ready_, offset);
  if (ready_ - fed_ >= kLeastAtOnce) changed_.notify_all();
}

void FollowingDigest::Advance(int64_t offset, int64_t begin, Piece& bytes) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto end = begin + static_cast<int64_t>(bytes.bytes().size());
  // Further behind, it reads from the file whatever comes meanwhile.
  const bool close = begin == ready_ && begin - fed_ <= kMostBehind && !failed_;
  if (close) {
    caught_up_.wait(lock, [&] { return end - fed_ <= kMostBehind || fed_ == begin || failed_; });
    waiting_.push_back({begin, std::move(bytes)});
    if (!spare_.empty()) {
      bytes = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  ready_ = std::max(ready_, offset);
  if (ready_ - fed_ >= kLeastAtOnce) changed_.notify_all();
}

Result<std::string> FollowingDigest::Finish(int64_t bytes) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ready_ = bytes;
    last_ = true;
  }
  changed_.notify_all();
  thread_.join();
  return digest_;
}

// Waits for something to feed; false: nothing more is wanted.
bool FollowingDigest::Next(Step& step) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return ready_ - fed_ >= kLeastAtOnce || last_ || given_up_; });
  if (given_up_) return false;
  step.to = std::min(ready_, fed_ + kMostAtOnce);
  if (!waiting_.empty() && waiting_.front().begin == fed_) {
    step.bytes = std::move(waiting_.front().bytes);
    step.to = fed_ + static_cast<int64_t>(step.bytes.bytes().size());
    waiting_.pop_front();
  } else if (!waiting_.empty()) {
    step.to = std::min(step.to, waiting_.front().begin);
  }
  step.last = last_ && step.to == ready_;
  return true;
}

void FollowingDigest::Fed(Step& step) {
  const std::lock_guard<std::mutex> lock(mutex_);
  fed_ = step.to;
  if (step.bytes.has_memory()) {
    step.bytes.Clear();
    spare_.push_back(std::move(step.bytes));
  }
  if (ready_ - fed_ <= kMostBehind / 2) caught_up_.notify_all();
}

void FollowingDigest::Follow() {
  std::vector<std::byte> scratch(kPieceBytes);
  Sha256 sha;
  Step step;
  int64_t fed = 0;
  int64_t on_its_way = 0;  // to the disk
  while (!step.last && Next(step)) {
    if (!step.bytes.empty()) {
      sha.Update(step.bytes.bytes());
    } else if (const Status status = Feed(descriptor_, fed, step.to, scratch, sha); !status) {
      digest_ = Fail(status.error());
      const std::lock_guard<std::mutex> lock(mutex_);
      failed_ = true;
      caught_up_.notify_all();
      return;
    }
    fed = step.to;
    Fed(step);
    if (fed - on_its_way >= kMostAtOnce) {
      // The disk works meanwhile: the flush at the end waits for little.
      sync_file_range(descriptor_, on_its_way, fed - on_its_way, SYNC_FILE_RANGE_WRITE);
      on_its_way = fed;
    }
  }
  if (step.last) digest_ = sha.HexDigest();
}

}  // namespace brink::storage
