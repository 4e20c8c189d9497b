#include "brink/storage/downloader.h"

#include <sys/statvfs.h>

#include <algorithm>

#include "brink/base/log.h"
#include "brink/storage/http_error.h"

namespace brink::storage {
namespace {

// Small enough for the digest to follow close behind, large enough for its request to cost nothing.
constexpr int64_t kPartBytes = int64_t{16} << 20;
constexpr int kMostRestarts = 8;
constexpr int kPollMilliseconds = 100;
// Long enough to tell waiting from hiccups, short enough for a slow source to get all its
// connections at once.
constexpr std::chrono::milliseconds kBetweenLooks{50};
// What a kill may cost.
constexpr std::chrono::seconds kBetweenSaves{1};
constexpr int64_t kUnsavedBytes = int64_t{8} << 20;

Status CheckSpace(const std::string& path, int64_t bytes) {
  struct statvfs disk {};
  if (bytes <= 0 || statvfs(path.c_str(), &disk) != 0) return {};
  const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
  if (static_cast<uint64_t>(bytes) <= free) return {};
  return Fail(Code::kResourceExhausted, "needs " + std::to_string(bytes) +
                                            " more bytes, the disk has " + std::to_string(free));
}

unsigned Seed(const void* object) {
  const auto now = Backoff::Clock::now().time_since_epoch().count();
  return static_cast<unsigned>(now ^ reinterpret_cast<intptr_t>(object));
}

}  // namespace

Downloader::Downloader(const DownloadTask& task, const FetchOptions& options)
    : task_(task),
      options_(options),
      file_(*task.file),
      own_multi_(task.connections == nullptr ? curl_multi_init() : nullptr),
      multi_(task.connections == nullptr ? own_multi_.get() : task.connections),
      backoff_(options.patience, task.deadline, Seed(this)),
      connections_(std::max(1, options.connections)) {
  listener_.on_head = [this](Transfer& transfer, const Head& head) {
    return OnHead(transfer, head);
  };
  listener_.on_bytes = [this](Transfer& transfer, std::span<const std::byte> bytes) {
    return OnBytes(transfer, bytes);
  };
}

Downloader::~Downloader() {
  for (const Active& active : active_) {
    curl_multi_remove_handle(multi_, active.transfer->handle());
  }
}

bool Downloader::Complete() const {
  const int64_t total = file_.version().total;
  return total >= 0 && received_.Frontier() == total && (confirmed_ || total > 0);
}

// What an earlier process left is of use when the server can be asked for the rest of the same
// version, or when the digest will tell.
Status Downloader::Begin() {
  if (!multi_) return Fail(Code::kResourceExhausted, "no memory for a connection");
  const bool tellable = !file_.version().IfRange().empty() || !task_.wanted_sha256.empty();
  resumed_ = file_.done().Bytes() > 0;
  if (resumed_ && !tellable) {
    BRINK_TRY(file_.Restart({}));
    resumed_ = false;
  }
  received_ = file_.done();
  digest_ = std::make_unique<FollowingDigest>(file_.descriptor());
  digest_->Advance(received_.Frontier());
  saved_ = looked_ = Clock::now();
  saved_bytes_ = received_.Bytes();
  return {};
}

Result<Downloaded> Downloader::Run() {
  BRINK_TRY(Begin());
  Status status;
  while (status && !not_modified_ && !Complete()) status = Step();
  BRINK_TRY(Save());  // a disk's error is worth more than what came of it
  if (!status) return Fail(status.error());
  if (not_modified_) return Downloaded{.not_modified = true, .version = task_.known, .sha256 = ""};
  Tell();
  BRINK_ASSIGN(std::string digest, digest_->Finish(file_.version().total));
  return Downloaded{.version = file_.version(), .sha256 = std::move(digest)};
}

Status Downloader::Step() {
  BRINK_TRY(StartTransfers());
  int running = 0;
  curl_multi_perform(multi_, &running);
  BRINK_TRY(HandleMessages());
  if (not_modified_ || Complete()) return {};
  const auto now = Clock::now();
  if (options_.cancelled != nullptr && *options_.cancelled) {
    return Fail(Code::kCancelled, "cancelled");
  }
  if (now >= backoff_.deadline()) {
    const std::string cause = last_error_ ? ": " + last_error_->message : "";
    return Fail(Code::kDeadlineExceeded, "not done at the deadline" + cause);
  }
  if (now - saved_ >= kBetweenSaves || received_.Bytes() - saved_bytes_ >= kUnsavedBytes) {
    BRINK_TRY(Save());
  }
  Tell();
  Wait();
  return {};
}

// For bytes. More connections at once are of use only where that takes most of the time: a source
// or a way that gives each of them so much and no more. Where this machine is what is busy, one
// does, whose bytes come in order and are hashed while the caches hold them.
void Downloader::Wait() {
  // Where one ended another can begin at once; where bytes came more may have come by now.
  const bool came = received_.Bytes() != bytes_before_;
  bytes_before_ = received_.Bytes();
  if (one_ended_ || came) return;
  const auto begun = Clock::now();
  curl_multi_poll(multi_, nullptr, 0, kPollMilliseconds, nullptr);
  const auto now = Clock::now();
  waited_ += now - begun;
  if (now - looked_ < kBetweenLooks) return;
  if (confirmed_ && 2 * waited_ > now - looked_ && wanted_ < connections_) wanted_ *= 2;
  looked_ = now;
  waited_ = {};
}

// All that came goes into the file, and the record speaks of it.
Status Downloader::Save() {
  for (Active& active : active_) BRINK_TRY(WritePiece(active));
  saved_ = Clock::now();
  saved_bytes_ = received_.Bytes();
  return file_.Save();
}

void Downloader::Tell() {
  if (task_.on_progress && confirmed_) {
    task_.on_progress(received_.Bytes(), file_.version().total);
  }
}

// The first bytes that are neither there nor under way.
std::optional<ByteRange> Downloader::NextPart() const {
  const int64_t total = file_.version().total;
  if (!confirmed_ || !ranges_work_ || total < 0) {
    if (!active_.empty()) return std::nullopt;
    if (!ranges_work_) return ByteRange{0, -1};
    const int64_t begin = received_.Frontier();
    const int64_t hole_end = received_.FirstHole(begin, INT64_MAX).end;
    return ByteRange{begin, std::min(begin + kPartBytes, hole_end)};
  }
  RangeSet busy = received_;
  for (const Active& active : active_) {
    if (active.generation == generation_) {
      if (active.end < 0) return std::nullopt;  // it brings everything
      busy.Add(active.transfer->get().begin, active.end);
    }
  }
  const ByteRange hole = busy.FirstHole(0, total);
  if (hole.begin >= hole.end) return std::nullopt;
  return ByteRange{hole.begin, std::min(hole.begin + kPartBytes, hole.end)};
}

Status Downloader::StartTransfers() {
  while (static_cast<int>(active_.size()) < std::min(wanted_, connections_) &&
         Clock::now() >= not_before_) {
    const auto part = NextPart();
    if (!part) return {};
    const Status started = StartOne(*part);
    if (!started) return Failed({}, started.error());  // a token's server may be out of reach too
  }
  return {};
}

Status Downloader::StartOne(ByteRange part) {
  RangeGet get{.begin = part.begin, .end = part.end, .ask_range = ranges_work_};
  BRINK_ASSIGN(get.request, task_.source->Read(*task_.item, options_));
  if (received_.Bytes() > 0 || confirmed_) {
    if (ranges_work_) get.if_range = file_.version().IfRange();
  } else {
    get.if_none_match = task_.known.etag;
    get.if_modified_since = task_.known.last_modified;
  }
  BRINK_ASSIGN(auto transfer, Transfer::Create(std::move(get), options_, listener_));
  if (curl_multi_add_handle(multi_, transfer->handle()) != CURLM_OK) {
    return Fail(Code::kInternal, "libcurl refuses a transfer");
  }
  active_.push_back({std::move(transfer), generation_, part.end});
  return {};
}

Downloader::Active& Downloader::Of(const Transfer& transfer) {
  return *std::find_if(active_.begin(), active_.end(),
                       [&](const Active& active) { return active.transfer.get() == &transfer; });
}

Status Downloader::TakeTotal(const Version& version) {
  const int64_t total = version.total;
  if (total > 0 && static_cast<uint64_t>(total) > options_.max_bytes) {
    return Fail(TooLong(options_.max_bytes));
  }
  if (total >= 0 && task_.item->bytes >= 0 && total != task_.item->bytes) {
    return Fail(Code::kDataLoss, "the server sends " + std::to_string(total) +
                                     " bytes, its listing says " +
                                     std::to_string(task_.item->bytes));
  }
  return CheckSpace(file_.path(), total - received_.Bytes());
}

// All that came is void: from here on it is `version`.
Status Downloader::StartOver(const Version& version) {
  const bool had_bytes = received_.Bytes() > 0;
  const bool changed = had_bytes && !file_.version().SameAs(version);
  if (changed && ++restarts_ > kMostRestarts) {
    return Fail(Code::kFailedPrecondition, "it changes each time it is read");
  }
  ++generation_;
  resumed_ = false;
  saved_bytes_ = 0;
  digest_.reset();
  received_.Clear();
  BRINK_TRY(file_.Restart(version));
  digest_ = std::make_unique<FollowingDigest>(file_.descriptor());
  return {};
}

Status Downloader::OnHead(Transfer& transfer, const Head& head) {
  Active& active = Of(transfer);
  if (active.generation != generation_) return Fail(Code::kCancelled, "void");
  if (head.status == 206) return OnPartialHead(active, head);
  if (head.status == 200) return OnWholeHead(active, head);
  return {};
}

Status Downloader::OnPartialHead(Active& active, const Head& head) {
  const bool as_asked = head.begin == active.transfer->get().begin && head.version.total >= 0;
  if (!active.transfer->get().ask_range) return Fail(StatusError(206));
  if (!as_asked) {
    ranges_work_ = false;
    return Fail(Code::kUnavailable, "HTTP 206: another range than was asked for");
  }
  const bool first = received_.Bytes() == 0 && !confirmed_;
  if (first || !file_.version().SameAs(head.version)) {
    BRINK_TRY(StartOver(head.version));
    active.generation = generation_;
  }
  BRINK_TRY(TakeTotal(head.version));
  confirmed_ = true;
  file_.SetTotal(head.version.total);
  active.end = std::min(active.end, head.version.total);
  return {};
}

Status Downloader::OnWholeHead(Active& active, const Head& head) {
  // A server without ranges, or another version than If-Range named.
  const bool changed = confirmed_ && !file_.version().SameAs(head.version);
  if (active.transfer->get().ask_range && !changed) ranges_work_ = false;
  BRINK_TRY(StartOver(head.version));
  active.generation = generation_;
  BRINK_TRY(TakeTotal(head.version));
  confirmed_ = true;
  active.end = -1;
  active.transfer->MoveTo(0);
  return {};
}

Status Downloader::OnBytes(Transfer& transfer, std::span<const std::byte> bytes) {
  Active& active = Of(transfer);
  if (active.generation != generation_) return Fail(Code::kCancelled, "void");
  const int64_t position = transfer.position();
  const auto size = static_cast<int64_t>(bytes.size());
  if (active.end >= 0 && size > active.end - position) {
    ranges_work_ = false;
    return Fail(Code::kUnavailable, "the server sends more than the range that was asked for");
  }
  if (static_cast<uint64_t>(position + size) > options_.max_bytes) {
    return Fail(TooLong(options_.max_bytes));
  }
  BRINK_TRY(Collect(active, bytes));
  if (const int64_t there = received_.Bytes(); there > furthest_) {
    furthest_ = there;
    backoff_.Progressed(Clock::now());
  }
  return {};
}

Status Downloader::Collect(Active& active, std::span<const std::byte> bytes) {
  Transfer& transfer = *active.transfer;
  while (!bytes.empty()) {
    const int64_t position = transfer.position();
    const size_t taken = active.piece.Add(static_cast<size_t>(position), bytes);
    bytes = bytes.subspan(taken);
    transfer.Advance(static_cast<int64_t>(taken));
    received_.Add(position, transfer.position());
    if (active.piece.full()) BRINK_TRY(WritePiece(active));
  }
  return {};
}

// Puts what has come into the file.
Status Downloader::WritePiece(Active& active) {
  if (active.piece.empty() || active.generation != generation_) return {};
  const std::span<const std::byte> bytes = active.piece.bytes();
  const int64_t begin = active.transfer->position() - static_cast<int64_t>(bytes.size());
  BRINK_TRY(file_.Write(begin, bytes));
  digest_->Advance(file_.done().Frontier(), begin, active.piece);
  active.piece.Clear();
  return {};
}

std::vector<Downloader::Active>::iterator Downloader::Find(CURL* handle) {
  return std::find_if(active_.begin(), active_.end(),
                      [&](const Active& active) { return active.transfer->handle() == handle; });
}

Downloader::Active Downloader::TakeOut(CURL* handle) {
  curl_multi_remove_handle(multi_, handle);
  const auto found = Find(handle);
  Active taken = std::move(*found);
  active_.erase(found);
  return taken;
}

Status Downloader::HandleMessages() {
  int left = 0;
  one_ended_ = false;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    one_ended_ = true;
    const CURLcode code = message->data.result;
    // An answer without a body is only heard of here, and may be listened to: before it is taken
    // out.
    const Status judged = Find(message->easy_handle)->transfer->Judge(code);
    Active done = TakeOut(message->easy_handle);
    BRINK_TRY(Finished(done, judged));
  }
  return {};
}

Status Downloader::Finished(Active& active, const Status& judged) {
  const Transfer& transfer = *active.transfer;
  const Head& head = transfer.head();
  // A void transfer's end means nothing; the one that made the others void is of the new
  // generation.
  if (active.generation != generation_) return {};
  BRINK_TRY(WritePiece(active));
  if (head.status == 416 && ranges_work_) {  // an empty file, or a shorter one by now
    ranges_work_ = false;
    confirmed_ = false;
    return StartOver({});
  }
  if (!judged) return Failed(head, judged.error());
  if (head.status == 304) {
    not_modified_ = true;
    return {};
  }
  const bool whole = active.end < 0;
  if (whole && file_.version().total < 0) {
    BRINK_TRY(TakeTotal({.total = transfer.position()}));
    file_.SetTotal(transfer.position());
  }
  const int64_t wanted = whole ? file_.version().total : active.end;
  if (transfer.position() == wanted) return {};
  return Failed(head, {Code::kUnavailable, "the server sends less than it said"});
}

Status Downloader::Failed(const Head& head, const Error& error) {
  if (!CanBeTriedAgain(error)) return Fail(error);
  last_error_ = error;
  // A crowded server is asked for less at a time.
  connections_ = std::max(1, connections_ / 2);
  not_before_ = Clock::now() + backoff_.NextWait(head.retry_after);
  if (!backoff_.MayTryAt(not_before_)) return Fail(error);
  const std::chrono::duration<double> wait = not_before_ - Clock::now();
  log::Info("the download broke, trying again",
            {{"cause", error.message}, {"bytes", received_.Bytes()}, {"in_seconds", wait.count()}});
  return {};
}

}  // namespace brink::storage
