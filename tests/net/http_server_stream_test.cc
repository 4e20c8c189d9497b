#include <algorithm>
#include <atomic>
#include <future>
#include <random>
#include <variant>

#include "http_server_fixture.h"

namespace brink::net {
namespace {

using protocols::HttpResponse;
using protocols::HttpStream;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// A stream that a test gives its pieces by hand.
class Spring {
 public:
  HttpStream stream() {
    auto reader = std::make_shared<std::monostate>();
    reader_ = reader;
    return {.next = [state = state_, reader](HttpStream::Give give) {
      const std::lock_guard lock(state->mutex);
      ++state->asked;
      state->give = std::move(give);
      state->changed.notify_all();
    }};
  }
  // Waits until it is asked.
  HttpStream::Give Take() {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_for(lock, kLong, [&] { return state_->give != nullptr; });
    return std::exchange(state_->give, nullptr);
  }
  int asked() const {
    const std::lock_guard lock(state_->mutex);
    return state_->asked;
  }
  // Whether nobody reads it any more.
  bool left() const { return reader_.expired(); }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    HttpStream::Give give;
    int asked = 0;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
  std::weak_ptr<std::monostate> reader_;
};

// Gives pieces at once, as many as there are.
HttpStream Counting(int pieces, size_t bytes_each) {
  return {
      .next = [given = std::make_shared<int>(0), pieces, bytes_each](const HttpStream::Give& give) {
        if (*given == pieces) return give({});
        std::string piece = std::to_string((*given)++);
        piece.resize(std::max(piece.size(), bytes_each), '.');
        give(std::move(piece));
      }};
}

class HttpStreamTest : public HttpServerTest {
 protected:
  // Asks for a stream and has it begun.
  void Begin(RawClient& client, HttpStream stream, std::string_view version = "1.1") {
    client.Send("GET /keep HTTP/" + std::string(version) + "\r\n\r\n");
    handler_.Take().respond({.content_type = "text/plain", .stream = std::move(stream)});
  }
};

TEST_F(HttpStreamTest, PiecesAreChunksAndTheConnectionGoesOnAfterTheLast) {
  Start();
  RawClient client(port());
  Spring spring;
  client.Send("GET /keep HTTP/1.1\r\n\r\n" + PostRequest("/echo", "after it"));
  handler_.Take().respond(
      {.content_type = "text/plain", .body = "begun", .stream = spring.stream()});
  const auto head = client.Read();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.at("Transfer-Encoding"), "chunked");
  EXPECT_EQ(head->headers.count("Content-Length"), 0u);
  EXPECT_EQ(client.ReadChunk(), "begun");
  const std::string large(size_t{3} << 20, 'l');
  for (const std::string& piece : {std::string("one"), large, std::string("two")}) {
    spring.Take()(piece);
    EXPECT_TRUE(client.ReadChunk() == piece);
  }
  EXPECT_FALSE(spring.left());
  spring.Take()({});
  EXPECT_EQ(client.ReadChunk(), "");
  EXPECT_EQ(client.Read()->body, "after it");
  EXPECT_TRUE(spring.left());
  client.Close();
  AwaitNoConnections();
}

TEST_F(HttpStreamTest, Http10ReadsUntilTheConnectionCloses) {
  Start();
  RawClient client(port());
  Begin(client, Counting(3, 0), "1.0");
  const std::string answer = client.ReadToEnd().value_or("reset");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.0 200 OK\r\n"), HasSubstr("Connection: close\r\n"),
                            testing::EndsWith("\r\n\r\n012")));
  EXPECT_THAT(answer, testing::Not(HasSubstr("Transfer-Encoding")));
}

TEST_F(HttpStreamTest, PiecesThatAreThereAtOnceAllCome) {
  Start();
  RawClient client(port());
  Begin(client, Counting(2000, 1000));
  ASSERT_TRUE(client.Read());
  for (int k = 0; k < 2000; ++k) {
    ASSERT_THAT(client.ReadChunk().value_or("gone"), StartsWith(std::to_string(k) + "."));
  }
  EXPECT_EQ(client.ReadChunk(), "");
}

TEST_F(HttpStreamTest, HeadAndAnswersWithoutABodyHaveNoPieces) {
  Start();
  RawClient client(port());
  for (const int status : {200, 204}) {
    Spring spring;
    client.Send((status == 200 ? "HEAD" : "GET") + std::string(" /keep HTTP/1.1\r\n\r\n"));
    handler_.Take().respond({.status = status, .body = "none", .stream = spring.stream()});
    EXPECT_EQ(client.Read(true)->headers.count("Transfer-Encoding"), status == 200 ? 1u : 0u);
    EXPECT_EQ(spring.asked(), 0);
    EXPECT_TRUE(spring.left());
  }
  client.Send(PostRequest("/echo", "next"));
  EXPECT_EQ(client.Read()->body, "next");
}

TEST_F(HttpStreamTest, AnUnansweredPieceIsTheLastAndTheFirstAnswerCounts) {
  Start();
  RawClient client(port());
  Spring spring;
  Begin(client, spring.stream());
  ASSERT_TRUE(client.Read());
  const auto give = spring.Take();
  give("first");
  give("second");
  EXPECT_EQ(client.ReadChunk(), "first");
  static_cast<void>(spring.Take());
  EXPECT_EQ(client.ReadChunk(), "");
  client.Send(PostRequest("/echo", "still here"));
  EXPECT_EQ(client.Read()->body, "still here");
}

TEST_F(HttpStreamTest, AClientThatDoesNotReadIsAskedNoMoreForAndDropped) {
  Start({.write_stall_timeout = kShort});
  RawClient client(port());
  client.SetReceiveBuffer(4096);
  Spring spring;
  Begin(client, spring.stream());
  size_t most_buffered = 0;
  while (!spring.left()) {
    const auto give = spring.Take();
    const int asked = spring.asked();
    give(std::string(size_t{1} << 20, 'p'));
    Await([&] {
      most_buffered = std::max(most_buffered, server_->stats().buffered_bytes);
      return spring.asked() > asked || spring.left();
    });
  }
  EXPECT_LE(most_buffered, (size_t{1} << 20) + 2) << "one piece at a time";
  EXPECT_LT(spring.asked(), 5);
  AwaitNoConnections();
}

TEST_F(HttpStreamTest, ASlowClientGetsFewerPiecesAndStays) {
  Start({.write_stall_timeout = kLong});
  RawClient slow(port());
  RawClient quick(port());
  Spring for_slow;
  Spring for_quick;
  Begin(slow, for_slow.stream());
  Begin(quick, for_quick.stream());
  ASSERT_TRUE(quick.Read());
  const std::string picture(size_t{1} << 20, 'p');  // more than the kernel takes unread
  for_slow.Take()(picture);
  for (int k = 0; k < 30; ++k) {
    for_quick.Take()(picture);
    EXPECT_TRUE(quick.ReadChunk() == picture);
  }
  EXPECT_EQ(for_slow.asked(), 1);
  ASSERT_TRUE(slow.Read());
  EXPECT_TRUE(slow.ReadChunk() == picture);
  for_slow.Take()("newest");
  EXPECT_EQ(slow.ReadChunk(), "newest");
}

TEST_F(HttpStreamTest, AClientThatLeavesIsForgotten) {
  Start();
  RawClient reset(port());
  Spring first;
  Begin(reset, first.stream());
  ASSERT_TRUE(reset.Read());
  const auto unused = first.Take();
  reset.Reset();
  Await([&] { return first.left(); });
  unused("nobody reads this");

  RawClient closed(port());
  Spring second;
  Begin(closed, second.stream());
  ASSERT_TRUE(closed.Read());
  second.Take()("one");
  EXPECT_EQ(closed.ReadChunk(), "one");
  closed.Close();  // nothing is sent to it: its silence has to do
  Await([&] { return second.left(); });
  AwaitNoConnections();
}

TEST_F(HttpStreamTest, AClientThatSendsNoMoreReadsOn) {
  Start();
  RawClient client(port());
  Spring spring;
  Begin(client, spring.stream());
  ASSERT_TRUE(client.Read());
  client.EndSending();
  for (int k = 0; k < 10; ++k) {
    spring.Take()("piece");
    EXPECT_EQ(client.ReadChunk(), "piece");
  }
  spring.Take()({});
  EXPECT_EQ(client.ReadToEnd(), "0\r\n\r\n");
}

TEST_F(HttpStreamTest, SilenceIsFilledAndLosesNoPiece) {
  Start({.write_stall_timeout = milliseconds{20}});  // deadlines are looked at often
  RawClient client(port());
  Spring spring;
  HttpStream stream = spring.stream();
  stream.idle_piece = ": still here";
  stream.idle_after = milliseconds{1};
  Begin(client, std::move(stream));
  ASSERT_TRUE(client.Read());
  std::jthread giver([&] {
    std::mt19937 random(3);
    for (int k = 0; k < 100; ++k) {
      const auto give = spring.Take();
      std::this_thread::sleep_for(milliseconds{random() % 8});
      give(std::to_string(k));
    }
    spring.Take()({});
  });
  int idle = 0;
  int next = 0;
  for (auto piece = client.ReadChunk(); piece && !piece->empty(); piece = client.ReadChunk()) {
    if (*piece == ": still here") {
      ++idle;
    } else {
      EXPECT_EQ(*piece, std::to_string(next++));
    }
  }
  EXPECT_EQ(next, 100);
  EXPECT_GT(idle, 0);
}

TEST_F(HttpStreamTest, StopEndsStreamsAtOnce) {
  Start();
  RawClient waiting(port());
  Spring quiet;
  Begin(waiting, quiet.stream());
  ASSERT_TRUE(waiting.Read());
  const auto late = quiet.Take();
  RawClient stuck(port());
  stuck.SetReceiveBuffer(4096);
  Spring busy;
  Begin(stuck, busy.stream());
  busy.Take()(std::string(size_t{32} << 20, 'p'));
  Await([&] { return server_->stats().buffered_bytes > 0; });
  const auto began = std::chrono::steady_clock::now();
  server_->Stop(kLong);
  EXPECT_LT(std::chrono::steady_clock::now() - began, kLong / 2) << "nothing was waited for";
  EXPECT_EQ(waiting.ReadToEnd(), "0\r\n\r\n");
  EXPECT_TRUE(quiet.left() && busy.left());
  EXPECT_EQ(server_->stats().connections, 0);
  EXPECT_EQ(server_->stats().buffered_bytes, 0u);
  server_.reset();
  late("late");
}

TEST_F(HttpStreamTest, AStreamThatBeginsWhileTheServerStopsHasNoPieces) {
  Start();
  RawClient client(port());
  client.Send("GET /keep HTTP/1.1\r\n\r\n");
  auto kept = handler_.Take();
  const uint16_t port_before = port();
  auto stopped = std::async(std::launch::async, [&] { server_->Stop(kLong); });
  Await([&] { return !RawClient(port_before).connected(); });
  Spring spring;
  // Draining is said after listening ends: an answer until then is ended by it all the same.
  kept.respond({.body = "begun", .stream = spring.stream()});
  EXPECT_THAT(client.ReadToEnd().value_or("reset"), HasSubstr("begun"));
  stopped.get();
  EXPECT_TRUE(spring.left());
}

TEST_F(HttpStreamTest, ManyClientsComeReadAndLeave) {
  Start({.io_threads = 3});
  constexpr int kClients = 48;
  std::mutex mutex;
  std::vector<HttpStream::Give> waiting;
  std::atomic<bool> done = false;
  std::atomic<int> readers = 0;
  const auto stream = [&] {
    ++readers;
    const std::shared_ptr<void> reader(nullptr, [&](void*) { --readers; });
    return HttpStream{.next = [&, reader](HttpStream::Give give) {
      const std::lock_guard lock(mutex);
      waiting.push_back(std::move(give));
    }};
  };
  std::jthread answerer([&] {
    for (int k = 0; k < kClients; ++k) handler_.Take().respond({.stream = stream()});
  });
  std::vector<std::jthread> givers;
  for (int t = 0; t < 2; ++t) {
    givers.emplace_back([&] {
      const std::string picture(30'000, 'p');
      while (!done) {
        std::vector<HttpStream::Give> ready;
        {
          const std::lock_guard lock(mutex);
          ready.swap(waiting);
        }
        for (const auto& give : ready) give(picture);
        std::this_thread::yield();
      }
    });
  }
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> clients;
    for (int c = 0; c < kClients; ++c) {
      clients.emplace_back([&, c] {
        RawClient client(port());
        client.Send("GET /keep HTTP/1.1\r\n\r\n");
        wrong += !client.Read();
        for (int k = 0; k < 10 + c; ++k) wrong += client.ReadChunk().value_or("").size() != 30'000;
        if (c % 3 == 0) client.Reset();
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  AwaitNoConnections();
  EXPECT_EQ(readers, 0);
  done = true;
  givers.clear();
  server_.reset();
}

}  // namespace
}  // namespace brink::net
