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
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (offset - ready_ < kLeastAtOnce) return;
    ready_ = offset;
  }
  changed_.notify_all();
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

void FollowingDigest::Follow() {
  std::vector<std::byte> piece(kPieceBytes);
  Sha256 sha;
  int64_t fed = 0;
  int64_t on_its_way = 0;  // to the disk
  while (true) {
    int64_t to = 0;
    bool last = false;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [&] { return ready_ > fed || last_ || given_up_; });
      if (given_up_) return;
      to = std::min(ready_, fed + kMostAtOnce);
      last = last_ && to == ready_;
    }
    if (const Status status = Feed(descriptor_, fed, to, piece, sha); !status) {
      digest_ = Fail(status.error());
      return;
    }
    fed = to;
    if (fed - on_its_way >= kMostAtOnce) {
      // The disk works meanwhile: the flush at the end waits for little.
      sync_file_range(descriptor_, on_its_way, fed - on_its_way, SYNC_FILE_RANGE_WRITE);
      on_its_way = fed;
    }
    if (last) break;
  }
  digest_ = sha.HexDigest();
}

}  // namespace brink::storage
