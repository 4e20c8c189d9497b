// The body of one GET, read as it comes. libcurl stays in the .cc.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "brink/base/result.h"
#include "brink/camera/interrupt.h"

namespace brink::camera {

// Not for two threads at once.
class HttpStream {
 public:
  using Clock = std::chrono::steady_clock;

  // Asks and waits for the answer's headers. User and password may stand in the URL (Basic and
  // Digest). `interrupt` outlives this. kDeadlineExceeded, kCancelled; kUnauthenticated for 401;
  // kUnavailable for what else goes wrong. Messages have no credentials.
  static Result<HttpStream> Open(const std::string& url, const Interrupt& interrupt,
                                 Clock::time_point deadline);
  ~HttpStream();
  HttpStream(HttpStream&&) noexcept;
  HttpStream& operator=(HttpStream&&) noexcept;

  const std::string& content_type() const;

  // Waits for bytes and appends them; false at the end of the body.
  Result<bool> Read(std::string& bytes, Clock::time_point deadline);

 private:
  struct Impl;
  explicit HttpStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::camera
