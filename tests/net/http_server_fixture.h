// The server under test and its handler, for all that tests it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "brink/net/http_server.h"
#include "raw_client.h"

namespace brink::net {

inline constexpr std::chrono::milliseconds kLong{60'000};
// Short enough to be waited for, long enough for a busy machine to do what must not time out.
inline constexpr std::chrono::milliseconds kShort{200};

inline void Await(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kLong;
  while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  ASSERT_TRUE(condition());
}

// /echo answers the body; /keep leaves the request to the test; /drop forgets it; anything else
// says what it was asked.
class Handler : public protocols::HttpHandler {
 public:
  struct Kept {
    protocols::HttpRequest request;
    protocols::HttpResponder respond;
  };

  void Handle(protocols::HttpRequest request, protocols::HttpResponder respond) override {
    if (request.path() == "/keep") {
      const std::lock_guard lock(mutex_);
      kept_.push_back({std::move(request), std::move(respond)});
      changed_.notify_all();
    } else if (request.path() == "/echo") {
      respond({.content_type = "text/plain", .body = std::move(request.body)});
    } else if (request.path() == "/big") {
      respond({.content_type = "text/plain", .body = std::string(size_t{32} << 20, 'b')});
    } else if (request.path() == "/odd") {
      respond({.status = 204,
               .content_type = "",
               .body = "ignored",
               .headers = {{"X-Fine", "yes"}, {"X-Split", "a\r\nb"}}});
    } else if (request.path() == "/early") {
      respond({.status = 99});
    } else if (request.path() != "/drop") {
      respond({.content_type = "text/plain", .body = request.method + " " + request.target});
    }
  }

  Kept Take() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kLong, [&] { return !kept_.empty(); });
    Kept first = std::move(kept_.at(0));
    kept_.erase(kept_.begin());
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Kept> kept_;
};

class HttpServerTest : public testing::Test {
 protected:
  HttpServer& Start(HttpServerOptions options = {}) {
    if (options.address == "0.0.0.0") options.address = "127.0.0.1";
    options.port = 0;
    options.error_body = [](int status, std::string_view message) {
      return protocols::HttpResponse{.status = status,
                                     .body = "{\"info\":\"" + std::string(message) + "\"}"};
    };
    auto server = HttpServer::Start(options, handler_);
    EXPECT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
    return *server_;
  }
  uint16_t port() const { return server_->port(); }
  void AwaitNoConnections() {
    Await([&] { return server_->stats().connections == 0; });
    EXPECT_EQ(server_->stats().buffered_bytes, 0u);
  }

  Handler handler_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace brink::net
