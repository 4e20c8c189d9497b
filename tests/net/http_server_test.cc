#include "brink/net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "raw_client.h"

namespace brink::net {
namespace {

using protocols::HttpRequest;
using protocols::HttpResponder;
using protocols::HttpResponse;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr milliseconds kLong{60'000};
// Short enough to be waited for, long enough for a busy machine to do what must not time out.
constexpr milliseconds kShort{200};

void Await(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kLong;
  while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  ASSERT_TRUE(condition());
}

// /echo answers the body; /keep leaves the request to the test; /drop forgets it; anything else
// says what it was asked.
class Handler : public protocols::HttpHandler {
 public:
  struct Kept {
    HttpRequest request;
    HttpResponder respond;
  };

  void Handle(HttpRequest request, HttpResponder respond) override {
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
      return HttpResponse{.status = status, .body = "{\"info\":\"" + std::string(message) + "\"}"};
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

TEST_F(HttpServerTest, AnswersManyRequestsOnOneConnection) {
  Start();
  RawClient client(port());
  for (int i = 0; i < 100; ++i) {
    const std::string body = "body " + std::to_string(i);
    ASSERT_TRUE(client.Send(PostRequest("/echo", body)));
    const auto response = client.Read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->version, "HTTP/1.1");
    EXPECT_EQ(response->headers.at("Connection"), "keep-alive");
    EXPECT_EQ(response->headers.at("Content-Type"), "text/plain");
    EXPECT_THAT(response->headers.at("Date"), testing::EndsWith(" GMT"));
    EXPECT_EQ(response->body, body);
  }
  EXPECT_EQ(server_->stats().connections, 1);
  EXPECT_EQ(server_->stats().requests, 100u);
  client.Close();
  AwaitNoConnections();
}

TEST_F(HttpServerTest, ConnectionCloseIsHonoured) {
  Start();
  RawClient client(port());
  client.Send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto answer = client.ReadToEnd();
  ASSERT_TRUE(answer);
  EXPECT_THAT(*answer, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Connection: close\r\n"),
                             HasSubstr("GET /a")));
}

TEST_F(HttpServerTest, Http10ClosesUnlessAskedToKeepAlive) {
  Start();
  RawClient once(port());
  once.Send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_THAT(once.ReadToEnd().value_or("reset"),
              AllOf(StartsWith("HTTP/1.0 200 OK\r\n"), HasSubstr("Connection: close\r\n")));
  RawClient again(port());
  for (int i = 0; i < 3; ++i) {
    again.Send("GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    const auto response = again.Read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->version, "HTTP/1.0");
    EXPECT_EQ(response->headers.at("Connection"), "keep-alive");
  }
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Start();
  RawClient client(port());
  std::string requests;
  for (int i = 0; i < 500; ++i) requests += PostRequest("/echo", "number " + std::to_string(i));
  std::jthread sender([&] { EXPECT_TRUE(client.Send(requests)); });
  for (int i = 0; i < 500; ++i) {
    const auto response = client.Read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "number " + std::to_string(i));
  }
}

TEST_F(HttpServerTest, APipelinedRequestWaitsForTheAnswerBeforeIt) {
  Start();
  RawClient client(port());
  client.Send(PostRequest("/keep", "slow") + PostRequest("/echo", "fast"));
  auto kept = handler_.Take();
  EXPECT_EQ(server_->stats().requests, 1u);
  kept.respond({.body = "first"});
  EXPECT_EQ(client.Read()->body, "first");
  EXPECT_EQ(client.Read()->body, "fast");
}

TEST_F(HttpServerTest, OtherClientsAreAnsweredWhileOneWaits) {
  Start({.io_threads = 1});
  RawClient slow(port());
  slow.Send(PostRequest("/keep", "slow"));
  auto kept = handler_.Take();
  RawClient ping(port());
  ping.Send("GET /ping HTTP/1.1\r\n\r\n");
  EXPECT_EQ(ping.Read()->body, "GET /ping");
  kept.respond({.body = "done"});
  EXPECT_EQ(slow.Read()->body, "done");
}

TEST_F(HttpServerTest, ReadsARequestThatComesByteByByte) {
  Start();
  RawClient client(port());
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n1;name=value\r\n,\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n";
  for (const std::string& request : {PostRequest("/echo", "hello, world"), "\r\n" + chunked}) {
    for (const char byte : request) ASSERT_TRUE(client.Send({&byte, 1}));
    EXPECT_EQ(client.Read()->body, "hello, world");
  }
}

TEST_F(HttpServerTest, ReadsChunkedBodiesOfManySizes) {
  Start();
  RawClient client(port());
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::string body;
    std::string request = "POST /echo HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n";
    for (int chunk = 0; chunk < 20; ++chunk) {
      const std::string bytes(1 + random() % (round * 3000 + 1),
                              static_cast<char>('a' + random() % 26));
      char size[32];
      snprintf(size, sizeof(size), "%zx\r\n", bytes.size());
      request.append(size).append(bytes).append("\r\n");
      body += bytes;
    }
    client.Send(request + "0\r\n\r\n");
    EXPECT_EQ(client.Read()->body, body);
  }
}

TEST_F(HttpServerTest, CarriesBodiesOfManyMegabytesBothWays) {
  Start();
  RawClient client(port());
  std::string body(size_t{40} << 20, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 5);
  std::jthread sender([&] { EXPECT_TRUE(client.Send(PostRequest("/echo", body))); });
  EXPECT_TRUE(client.Read()->body == body);
  client.Close();
  AwaitNoConnections();
}

TEST_F(HttpServerTest, TellsAClientThatExpectsItToContinue) {
  Start();
  RawClient client(port());
  client.Send("POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.Read()->status, 100);
  client.Send("he");
  client.Send("llo");
  EXPECT_EQ(client.Read()->body, "hello");
  client.Send(PostRequest("/echo", "sent at once", "Expect: 100-continue\r\n"));
  EXPECT_EQ(client.Read()->body, "sent at once");
  client.Send("POST /echo HTTP/1.1\r\nExpect: miracles\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.Read()->status, 417);
}

TEST_F(HttpServerTest, RefusesALargeBodyBeforeItIsSent) {
  Start({.max_body_bytes = 1000});
  RawClient client(port());
  client.Send("POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
  const auto response = client.Read();
  EXPECT_EQ(response->status, 413);
  EXPECT_EQ(response->headers.at("Content-Type"), "application/json");
  EXPECT_THAT(response->body, HasSubstr("limit of 1000 bytes"));
}

TEST_F(HttpServerTest, AClientThatSendsTooMuchStillReadsWhy) {
  Start({.max_body_bytes = 1000});
  for (const bool chunked : {false, true}) {
    RawClient client(port());
    const std::string body(size_t{8} << 20, 'x');
    if (chunked) {
      client.Send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n800000\r\n");
      EXPECT_TRUE(client.Send(body));
    } else {
      EXPECT_TRUE(client.Send(PostRequest("/echo", body)));
    }
    const auto response = client.Read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 413);
    EXPECT_EQ(response->headers.at("Connection"), "close");
  }
  AwaitNoConnections();
}

TEST_F(HttpServerTest, RefusesLargeHeaders) {
  Start({.max_header_bytes = 2000});
  for (const std::string& request : {"GET /" + std::string(3000, 'a') + " HTTP/1.1\r\n\r\n",
                                     "GET / HTTP/1.1\r\nX: " + std::string(3000, 'a') + "\r\n\r\n",
                                     "GET / HTTP/1.1\r\nX: " + std::string(100'000, 'a')}) {
    RawClient client(port());
    client.Send(request);
    EXPECT_EQ(client.Read()->status, 431);
  }
  RawClient drip(port());  // each line small, all together large
  drip.Send("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 300 && drip.Send("X-Line: 0123456789\r\n"); ++i) {
  }
  EXPECT_EQ(drip.Read()->status, 431);
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttpAndCloses) {
  Start();
  const std::vector<std::pair<std::string, int>> cases = {
      {"nonsense\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\nNo colon here\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nName : spaced\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS client", 400},
  };
  for (const auto& [request, status] : cases) {
    RawClient client(port());
    client.Send(request);
    const auto response = client.Read();
    ASSERT_TRUE(response) << request;
    EXPECT_EQ(response->status, status) << request;
    EXPECT_EQ(client.ReadToEnd(), "") << request;
  }
}

TEST_F(HttpServerTest, AnswersHeadWithTheLengthAndWithoutTheBody) {
  Start();
  RawClient client(port());
  client.Send("HEAD /a HTTP/1.1\r\n\r\n");
  const auto head = client.Read(true);
  EXPECT_EQ(head->headers.at("Content-Length"), "7");  // "HEAD /a"
  client.Send("GET /b HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.Read()->body, "GET /b");
}

TEST_F(HttpServerTest, AnswersWithoutABodyWhereThereCanBeNone) {
  Start();
  RawClient client(port());
  client.Send("GET /odd HTTP/1.1\r\n\r\n");
  const auto response = client.Read();
  EXPECT_EQ(response->status, 204);
  EXPECT_EQ(response->headers.count("Content-Length"), 0u);
  EXPECT_EQ(response->headers.at("X-Fine"), "yes");
  EXPECT_EQ(response->headers.count("X-Split"), 0u);
  client.Send("GET /early HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.Read()->status, 500);
}

TEST_F(HttpServerTest, TheFirstAnswerCountsAndADroppedRequestIsAnswered) {
  Start();
  RawClient client(port());
  client.Send(PostRequest("/keep", ""));
  auto kept = handler_.Take();
  kept.respond({.body = "first"});
  kept.respond({.body = "second"});
  EXPECT_EQ(client.Read()->body, "first");
  client.Send(PostRequest("/drop", ""));
  EXPECT_EQ(client.Read()->status, 500);
  client.Send(PostRequest("/keep", ""));
  handler_.Take();
  EXPECT_EQ(client.Read()->status, 500);
  client.Send(PostRequest("/echo", "still here"));
  EXPECT_EQ(client.Read()->body, "still here");
}

TEST_F(HttpServerTest, BodiesBeyondTheLimitForAllAreRefused) {
  Start({.max_buffered_bytes = 100'000});
  RawClient first(port());
  first.Send("POST /echo HTTP/1.1\r\nContent-Length: 80001\r\n\r\n" + std::string(80'000, 'a'));
  Await([&] { return server_->stats().buffered_bytes == 80'000; });
  RawClient second(port());
  second.Send(PostRequest("/echo", std::string(30'000, 'b')));
  EXPECT_EQ(second.Read()->status, 503);
  first.Send("a");
  EXPECT_EQ(first.Read()->body.size(), 80'001u);
  first.Send(PostRequest("/echo", std::string(30'000, 'c')));
  EXPECT_EQ(first.Read()->status, 200);
}

TEST_F(HttpServerTest, AClaimedLengthTakesNoMemory) {
  Start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(std::make_unique<RawClient>(port()));
    clients.back()->Send("POST /echo HTTP/1.1\r\nContent-Length: 67000000\r\n\r\nx");
  }
  Await([&] { return server_->stats().buffered_bytes == 200; });
}

TEST_F(HttpServerTest, ConnectionsBeyondTheLimitAreToldSo) {
  Start({.max_connections = 2});
  RawClient first(port());
  RawClient second(port());
  first.Send("GET /a HTTP/1.1\r\n\r\n");
  second.Send("GET /b HTTP/1.1\r\n\r\n");
  EXPECT_EQ(first.Read()->body, "GET /a");
  EXPECT_EQ(second.Read()->body, "GET /b");
  RawClient third(port());
  third.Send("GET /c HTTP/1.1\r\n\r\n");
  EXPECT_EQ(third.Read()->status, 503);
  EXPECT_EQ(third.ReadToEnd(), "");
  third.Close();
  second.Close();
  Await([&] { return server_->stats().connections == 1; });
  RawClient fourth(port());
  fourth.Send("GET /d HTTP/1.1\r\n\r\n");
  EXPECT_EQ(fourth.Read()->body, "GET /d");
}

TEST_F(HttpServerTest, SlowClientsAreTimedOut) {
  Start({.header_timeout = kShort, .body_stall_timeout = kShort, .idle_timeout = kShort});
  RawClient silent(port());
  RawClient headers(port());
  headers.Send("GET / HTTP/1.1\r\nHost:");
  RawClient body(port());
  body.Send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nhello");
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_EQ(headers.Read()->status, 408);
  EXPECT_EQ(body.Read()->status, 408);
  RawClient keep_alive(port());
  keep_alive.Send("GET /a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(keep_alive.Read()->status, 200);
  EXPECT_EQ(keep_alive.ReadToEnd(), "");
}

TEST_F(HttpServerTest, AClientThatDripsIsTimedOutToo) {
  Start({.header_timeout = kShort, .body_stall_timeout = kShort});
  RawClient headers(port());
  headers.Send("GET / HTTP/1.1\r\nX: ");
  while (headers.Send("a") && server_->stats().connections > 0) {
    std::this_thread::yield();  // ends when the server gives up, or by its header limit
  }
  const int status = headers.Read().value_or(RawResponse{.status = 408}).status;
  EXPECT_TRUE(status == 408 || status == 431) << status;
}

TEST_F(HttpServerTest, AClientThatDoesNotReadItsAnswerIsDropped) {
  Start({.write_stall_timeout = kShort});
  RawClient client(port());
  client.SetReceiveBuffer(4096);
  client.Send("GET /big HTTP/1.1\r\n\r\n");
  Await([&] { return server_->stats().requests == 1; });
  AwaitNoConnections();
}

TEST_F(HttpServerTest, AClientThatSendsNoMoreIsStillAnswered) {
  Start();
  RawClient client(port());
  client.Send(PostRequest("/keep", "half"));
  client.EndSending();
  auto kept = handler_.Take();
  EXPECT_FALSE(*kept.request.cancelled);
  kept.respond({.body = "whole"});
  const auto answer = client.ReadToEnd();
  ASSERT_TRUE(answer);
  EXPECT_THAT(*answer, HasSubstr("whole"));
  RawClient partial(port());
  partial.Send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nhello");
  partial.EndSending();
  EXPECT_EQ(partial.Read()->status, 400);
}

TEST_F(HttpServerTest, HandlersLearnThatTheClientLeft) {
  Start();
  RawClient reset(port());
  reset.Send(PostRequest("/keep", ""));
  auto kept = handler_.Take();
  reset.Reset();
  Await([&] { return kept.request.cancelled->load(); });
  kept.respond({.body = "nobody reads this"});
  AwaitNoConnections();

  RawClient closed(port());
  closed.Send(PostRequest("/keep", ""));
  kept = handler_.Take();
  closed.Close();  // the server has to ask whether it still reads
  Await([&] { return kept.request.cancelled->load(); });
  AwaitNoConnections();
}

TEST_F(HttpServerTest, StopFinishesWhatWasBegunAndThenCloses) {
  Start();
  RawClient idle(port());
  idle.Send("GET /a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(idle.Read()->status, 200);
  RawClient working(port());
  working.Send(PostRequest("/keep", ""));
  auto kept = handler_.Take();
  RawClient sending(port());
  sending.Send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nhello");
  Await([&] { return server_->stats().buffered_bytes == 5; });
  const uint16_t port_before = port();
  auto stopped = std::async(std::launch::async, [&] { server_->Stop(kLong); });
  Await([&] { return !RawClient(port_before).connected(); });
  EXPECT_EQ(idle.ReadToEnd(), "");
  sending.Send("world");
  const auto sent = sending.Read();
  EXPECT_EQ(sent->body, "helloworld");
  EXPECT_EQ(sent->headers.at("Connection"), "close");
  kept.respond({.body = "finished"});
  const auto response = working.Read();
  EXPECT_EQ(response->body, "finished");
  EXPECT_EQ(response->headers.at("Connection"), "close");
  EXPECT_EQ(working.ReadToEnd(), "");
  stopped.get();
}

TEST_F(HttpServerTest, StopWithoutGraceEndsAtOnceAndLateAnswersAreDropped) {
  Start();
  RawClient client(port());
  client.Send(PostRequest("/keep", ""));
  auto kept = handler_.Take();
  server_->Stop(milliseconds{0});
  server_.reset();
  EXPECT_TRUE(*kept.request.cancelled);
  kept.respond({.body = "late"});
  EXPECT_FALSE(client.Read());
}

TEST_F(HttpServerTest, APortInUseIsAnErrorThatNamesIt) {
  Start();
  auto second = HttpServer::Start({.address = "127.0.0.1", .port = port()}, handler_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kAlreadyExists);
  EXPECT_EQ(second.error().message, "port in use: 127.0.0.1:" + std::to_string(port()));
}

TEST_F(HttpServerTest, AnAddressThatIsNoneIsAnError) {
  for (const char* address : {"nowhere", "256.0.0.1", "", "192.0.2.1"}) {
    auto server = HttpServer::Start({.address = address, .port = 0}, handler_);
    ASSERT_FALSE(server) << address;
    EXPECT_EQ(server.error().code, Code::kInvalidArgument) << server.error().message;
    EXPECT_THAT(server.error().message, HasSubstr(address));
  }
}

TEST_F(HttpServerTest, BindTakesThePortAndListenOpensIt) {
  auto server = HttpServer::Bind({.address = "127.0.0.1", .port = 0});
  ASSERT_TRUE(server);
  EXPECT_FALSE(RawClient((*server)->port()).connected());
  ASSERT_TRUE((*server)->Listen(handler_));
  RawClient client((*server)->port());
  client.Send("GET /a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.Read()->status, 200);
  EXPECT_FALSE((*server)->Listen(handler_));
}

TEST_F(HttpServerTest, ServesIpv6AndIpv4OnTheDoubleColon) {
  if (!HttpServer::Bind({.address = "::1", .port = 0})) GTEST_SKIP() << "this machine has no IPv6";
  Start({.address = "::"});
  for (const char* address : {"::1", "127.0.0.1"}) {
    RawClient client(port(), address);
    client.Send("GET /a HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(client.connected()) << address;
    EXPECT_EQ(client.Read()->status, 200);
  }
}

TEST_F(HttpServerTest, ClientsWaitWhileThereIsNoDescriptorToSpare) {
  Start();
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  RawClient waiting(port());
  waiting.Send("GET /a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(waiting.Read()->status, 200);
  const int lowest_free = dup(0);
  close(lowest_free);
  RawClient next(port());  // takes the last descriptor below the limit
  const rlimit tight{static_cast<rlim_t>(lowest_free) + 2, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  std::unique_ptr<RawClient> refused = std::make_unique<RawClient>(port());
  setrlimit(RLIMIT_NOFILE, &before);
  next.Send("GET /b HTTP/1.1\r\n\r\n");
  EXPECT_EQ(next.Read()->body, "GET /b");
  if (refused->connected()) {
    refused->Send("GET /c HTTP/1.1\r\n\r\n");
    EXPECT_EQ(refused->Read()->body, "GET /c");
  }
}

TEST_F(HttpServerTest, EightThreadsEachGetTheirOwnAnswers) {
  Start({.io_threads = 3});
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> clients;
  std::jthread answerer([&](const std::stop_token&) {
    for (int i = 0; i < 8 * 50; ++i) {
      auto kept = handler_.Take();
      kept.respond({.body = "kept " + kept.request.body});
    }
  });
  for (int t = 0; t < 8; ++t) {
    clients.emplace_back([&, t] {
      RawClient client(port());
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(t) + ":" + std::to_string(i) +
                                 std::string(static_cast<size_t>(i * 100), 'x');
        client.Send(PostRequest("/keep", body));
        wrong += client.Read().value_or(RawResponse{}).body != "kept " + body;
        client.Send(PostRequest("/echo", body));
        wrong += client.Read().value_or(RawResponse{}).body != body;
      }
    });
  }
  clients.clear();
  EXPECT_EQ(wrong, 0);
}

TEST_F(HttpServerTest, StopUnderLoadLosesNoRequestThatWasAccepted) {
  Start({.io_threads = 2});
  std::atomic<int> lost = 0;
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> clients;
    for (int t = 0; t < 4; ++t) {
      clients.emplace_back([&] {
        RawClient client(port());
        while (client.Send(PostRequest("/echo", "x"))) {
          const auto response = client.Read();
          if (!response) {
            ++lost;
            return;
          }
          ++answered;
          if (response->headers.at("Connection") == "close") return;
        }
      });
    }
    Await([&] { return answered > 1000; });
    server_->Stop(kLong);
  }
  EXPECT_EQ(lost, 0);
}

TEST_F(HttpServerTest, RandomBytesNeverBreakIt) {
  Start({.max_body_bytes = 10'000,
         .max_header_bytes = 1000,
         .header_timeout = kShort,
         .body_stall_timeout = kShort});
  const std::string seed =
      PostRequest("/echo", "hello") +
      "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
      "5\r\nhello\r\n0\r\nX: y\r\n\r\nGET /a HTTP/1.0\r\n\r\n";
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    RawClient client(port());
    std::string bytes = seed;
    if (round % 3 == 0) {
      bytes.resize(random() % 2000);
      for (char& byte : bytes) byte = static_cast<char>(random());
    }
    for (unsigned i = random() % 8; i > 0 && !bytes.empty(); --i) {
      const size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, random() % 10);
          break;
        default:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 50));
          break;
      }
    }
    const size_t cut = bytes.empty() ? 0 : random() % bytes.size();
    client.Send(std::string_view(bytes).substr(0, cut));
    client.Send(std::string_view(bytes).substr(cut));
    if (random() % 2 == 0) client.EndSending();
    if (random() % 4 == 0) client.Reset();
  }
  RawClient client(port());
  client.Send(PostRequest("/echo", "fine"));
  EXPECT_EQ(client.Read()->body, "fine");
  client.Close();
  AwaitNoConnections();
}

}  // namespace
}  // namespace brink::net
