#include <atomic>
#include <random>

#include "http_server_fixture.h"

namespace brink::net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

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

}  // namespace
}  // namespace brink::net
