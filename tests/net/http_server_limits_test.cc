#include <sys/resource.h>

#include <random>

#include "http_server_fixture.h"

namespace brink::net {
namespace {

using testing::HasSubstr;

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
