// What all connections of one server share. Inside net/ only.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "brink/net/http_server.h"

namespace brink::net {

struct HttpShared {
  explicit HttpShared(HttpServerOptions server_options) : options(std::move(server_options)) {}

  const HttpServerOptions options;
  protocols::HttpHandler* handler = nullptr;  // set before any connection exists
  std::atomic<size_t> buffered_bytes{0};
  std::atomic<uint64_t> requests{0};
  std::atomic<int> connections{0};
  std::mutex mutex;
  std::condition_variable no_connections;

  // Whether `bytes` more fit under max_buffered_bytes; takes them if so.
  bool TakeBuffer(size_t bytes) {
    if (buffered_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes <=
        options.max_buffered_bytes)
      return true;
    GiveBuffer(bytes);
    return false;
  }
  void GiveBuffer(size_t bytes) { buffered_bytes.fetch_sub(bytes, std::memory_order_relaxed); }

  void ConnectionClosed() {
    if (connections.fetch_sub(1) != 1) return;
    const std::lock_guard lock(mutex);
    no_connections.notify_all();
  }

  protocols::HttpResponse ErrorResponse(int status, std::string_view message) const {
    if (options.error_body) return options.error_body(status, message);
    return {.status = status,
            .content_type = "text/plain; charset=utf-8",
            .body = std::string(message) + "\n"};
  }
};

}  // namespace brink::net
