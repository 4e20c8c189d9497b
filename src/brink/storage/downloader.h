// The loop behind Download: which ranges are under way, what a server's answers mean for them.
// storage/ only. For one thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "brink/storage/backoff.h"
#include "brink/storage/download.h"
#include "brink/storage/following_digest.h"
#include "brink/storage/piece.h"
#include "brink/storage/transfer.h"

namespace brink::storage {

class Downloader {
 public:
  Downloader(const DownloadTask& task, const FetchOptions& options);
  ~Downloader();
  Downloader(const Downloader&) = delete;
  Downloader& operator=(const Downloader&) = delete;

  Result<Downloaded> Run();
  // Whether bytes of an earlier process are part of it.
  bool resumed() const { return resumed_; }

 private:
  using Clock = Backoff::Clock;

  struct Active {
    std::unique_ptr<Transfer> transfer;
    int generation = 0;
    int64_t end = -1;  // behind the last byte that it may write; -1: the content's end
    // What came last and is not yet in the file: it ends at the transfer's position.
    Piece piece = {};
  };

  Status Begin();
  Status Step();
  Status StartTransfers();
  Status StartOne(ByteRange part);
  std::optional<ByteRange> NextPart() const;
  Status OnHead(Transfer& transfer, const Head& head);
  Status OnPartialHead(Active& active, const Head& head);
  Status OnWholeHead(Active& active, const Head& head);
  Status OnBytes(Transfer& transfer, std::span<const std::byte> bytes);
  Status Collect(Active& active, std::span<const std::byte> bytes);
  Status WritePiece(Active& active);
  void Wait();
  Status Save();
  Status TakeTotal(const Version& version);
  Status StartOver(const Version& version);
  Status HandleMessages();
  Status Finished(Active& active, const Status& judged);
  Status Failed(const Head& head, const Error& error);
  void Tell();
  Active& Of(const Transfer& transfer);
  std::vector<Active>::iterator Find(CURL* handle);
  Active TakeOut(CURL* handle);
  bool Complete() const;

  const DownloadTask& task_;
  const FetchOptions& options_;
  PartialFile& file_;
  Transfer::Listener listener_;
  std::unique_ptr<CURLM, FreeMulti> own_multi_;
  CURLM* multi_;
  std::vector<Active> active_;
  std::unique_ptr<FollowingDigest> digest_;
  RangeSet received_;  // of this generation
  Backoff backoff_;
  Clock::time_point not_before_;
  Clock::time_point saved_;
  int64_t saved_bytes_ = 0;
  std::optional<Error> last_error_;
  int64_t bytes_before_ = 0;  // that were there after the last step
  int64_t furthest_ = 0;      // most bytes that were ever there: beyond is progress
  int generation_ = 0;        // of the content: transfers of an older one are void
  int connections_ = 1;       // at most at once, from now on
  int wanted_ = 1;            // at once: as many as the source can fill
  Clock::time_point looked_;  // when wanted_ was last thought about,
  Clock::duration waited_{};  // and how much of the time since was waiting for bytes
  int restarts_ = 0;
  bool confirmed_ = false;  // the server has spoken: the version and the length are what it said
  bool ranges_work_ = true;
  bool one_ended_ = false;  // in the last step
  bool not_modified_ = false;
  bool resumed_ = false;
};

}  // namespace brink::storage
