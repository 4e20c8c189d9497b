// One GET of a file or a range of it, on libcurl's multi interface. storage/ only.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "brink/storage/curl_handle.h"
#include "brink/storage/partial_file.h"

namespace brink::storage {

struct RangeGet {
  Request request;
  int64_t begin = 0;
  int64_t end = -1;           // behind the last byte; -1: all that comes
  bool ask_range = false;     // "Range: bytes=begin-..."
  std::string if_range;       // not empty: the range is wanted only of this version
  std::string if_none_match;  // not empty: the content is wanted only if it is another
  std::string if_modified_since;
};

// What the server said before the content.
struct Head {
  long status = 0;
  Version version;      // total: from Content-Range, else from Content-Length
  int64_t begin = 0;    // where the content that comes has its place
  int64_t length = -1;  // of what comes
  std::string content_encoding;
  std::chrono::milliseconds retry_after{0};
};

class Transfer {
 public:
  struct Listener {
    // Once, before the first byte. An error ends the transfer.
    std::function<Status(Transfer&, const Head&)> on_head;
    std::function<Status(Transfer&, std::span<const std::byte>)> on_bytes;
  };

  static Result<std::unique_ptr<Transfer>> Create(RangeGet get, const FetchOptions& options,
                                                  const Listener& listener);

  CURL* handle() const { return handle_.get(); }
  const RangeGet& get() const { return get_; }
  const Head& head() const { return head_; }
  int64_t position() const { return position_; }  // where the next byte has its place
  void MoveTo(int64_t position) { position_ = position; }
  void Advance(int64_t bytes) { position_ += bytes; }

  // libcurl is done with it: what came of it.
  Status Judge(CURLcode code);

 private:
  Transfer(RangeGet get, CurlHandle handle, const Listener& listener)
      : get_(std::move(get)), handle_(std::move(handle)), listener_(listener) {}
  static size_t OnHeader(char* data, size_t one, size_t size, void* user);
  static size_t OnBody(char* data, size_t one, size_t size, void* user);
  void ReadHeader(std::string_view line);
  Status TellHead();

  RangeGet get_;
  CurlHandle handle_;
  const Listener& listener_;
  Head head_;
  bool head_told_ = false;
  size_t header_bytes_ = 0;
  int64_t position_ = 0;
  int64_t body_bytes_ = 0;
  std::optional<Error> error_;  // why a callback ended it
};

// "bytes 0-99/1000" -> begin 0, end 100, total 1000 (-1 for "*"); nothing for what is none.
struct ContentRange {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t total = -1;
};
std::optional<ContentRange> ParseContentRange(std::string_view text);

}  // namespace brink::storage
