#include <atomic>
#include <future>

#include "http_server_fixture.h"

namespace brink::net {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

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

}  // namespace
}  // namespace brink::net
