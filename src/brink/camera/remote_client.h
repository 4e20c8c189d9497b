// An HTTP server that is asked again and again, as the remotes of this room need it: connections
// are kept, answers are bounded, waits end when the program does. libcurl stays in the .cc.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brink/base/result.h"

namespace brink::camera {

struct RemoteOptions {
  std::string url;                               // http or https
  std::string ca_file;                           // PEM of the roots for https; empty: the system's
  const std::atomic<bool>* cancelled = nullptr;  // ends every wait; outlives the remote
};

struct RemoteQuestion {
  std::string url;
  const std::string* body = nullptr;  // is posted, and outlives the call; null: GET
  std::vector<std::string> headers;   // "Content-Type: application/json"
  size_t longest_answer = size_t{16} << 20;
  std::chrono::milliseconds patience{30'000};
  std::string wanted_header;  // of the answer; empty: none
};

struct RemoteAnswer {
  long status = 0;  // HTTP's
  std::string body;
  std::optional<std::string> header;  // the one that was wanted
};

class RemoteClient {
 public:
  // kInvalidArgument where the options' URL is none of http or https with a host.
  static Result<RemoteClient> Create(const RemoteOptions& options);
  ~RemoteClient();
  RemoteClient(RemoteClient&&) noexcept;

  // Waits on the caller's thread; any number of threads at once. kUnavailable with the cause where
  // no whole answer comes, kResourceExhausted where it is longer than allowed.
  Result<RemoteAnswer> Ask(const RemoteQuestion& question) const;

 private:
  struct Impl;
  explicit RemoteClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What a server that answers with another status than 200 is told of as: kUnavailable,
// "HTTP 404: its own words".
Error RefusedWith(long status, std::string_view reason);

}  // namespace brink::camera
