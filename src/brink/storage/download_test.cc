#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "brink/base/file.h"
#include "brink/base/scripted_server.h"
#include "brink/base/sha256.h"
#include "brink/storage/storage.h"
#include "brink/storage/transfer.h"

namespace brink::storage {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string Noise(size_t bytes) {
  std::mt19937 random(7);
  std::string text(bytes, '\0');
  std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random()); });
  return text;
}

std::string HeaderOf(const std::string& head, const std::string& name) {
  const size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

// What a client asked for of a body: the right answer of a server that knows ranges.
struct Asked {
  size_t begin = 0;
  size_t end = 0;
  bool partial = false;
};

Asked RangeOf(const std::string& head, size_t size, const std::string& etag) {
  const std::string range = HeaderOf(head, "Range");
  const std::string condition = HeaderOf(head, "If-Range");
  if (range.empty() || (!condition.empty() && condition != etag)) return {0, size, false};
  const size_t dash = range.find('-');
  const std::string last = range.substr(dash + 1);
  const size_t begin = std::stoull(range.substr(6));
  return {begin, last.empty() ? size : std::min<size_t>(size, std::stoull(last) + 1), true};
}

std::string Answer(const Asked& asked, size_t size, const std::string& etag) {
  std::string head = asked.partial ? "HTTP/1.1 206 Partial Content\r\n" : "HTTP/1.1 200 OK\r\n";
  if (asked.partial) {
    head += "Content-Range: bytes " + std::to_string(asked.begin) + "-" +
            std::to_string(asked.end - 1) + "/" + std::to_string(size) + "\r\n";
  }
  if (!etag.empty()) head += "ETag: " + etag + "\r\n";
  return head + "Content-Length: " + std::to_string(asked.end - asked.begin) + "\r\n\r\n";
}

class BadLink : public testing::Test {
 protected:
  void SetUp() override {
    setenv("no_proxy", "127.0.0.1", 1);
    std::string name = (fs::temp_directory_path() / "brink-download-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    options_.stall_timeout = std::chrono::seconds(1);
    options_.patience = std::chrono::seconds(20);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Get(const ScriptedServer& server) {
    const auto delivered = FetchInto(server.Url("/m.tflite"), folder_ / "models", options_);
    if (!delivered)
      return std::string(CodeName(delivered.error().code)) + " " + delivered.error().message;
    return ReadTextFile(folder_ / "models" / "m.tflite", size_t{1} << 28).value();
  }
  static ScriptedServer::Script Good(const std::string& body, const std::string& etag) {
    return [body, etag](const std::string& head, const Connection& c) {
      const Asked asked = RangeOf(head, body.size(), etag);
      c.Send(Answer(asked, body.size(), etag));
      c.Send(std::string_view(body).substr(asked.begin, asked.end - asked.begin));
    };
  }

  fs::path folder_;
  FetchOptions options_;
};

TEST_F(BadLink, ABreakIsGoneOnFromWithTheSameVersionOnly) {
  const std::string body = Noise(300'000);
  ScriptedServer server([&](const std::string& head, const Connection& c) {
    const Asked asked = RangeOf(head, body.size(), "\"v\"");
    c.Send(Answer(asked, body.size(), "\"v\""));
    c.Send(std::string_view(body).substr(asked.begin,
                                         std::min<size_t>(70'000, asked.end - asked.begin)));
  });
  EXPECT_EQ(Get(server), body);
  EXPECT_THAT(HeaderOf(server.heads()[1], "Range"), StartsWith("bytes=70000-"));
  EXPECT_EQ(HeaderOf(server.heads()[1], "If-Range"), "\"v\"");
}

TEST_F(BadLink, AnotherFetchGoesOnWhereOneEnded) {
  const std::string body = Noise(300'000);
  std::atomic<bool> broken{true};
  ScriptedServer server([&](const std::string& head, const Connection& c) {
    if (!broken) return Good(body, "\"v\"")(head, c);
    c.Send(Answer(RangeOf(head, body.size(), "\"v\""), body.size(), "\"v\""));
    c.Send(std::string_view(body).substr(0, 100'000));
  });
  options_.patience = std::chrono::milliseconds(1);
  EXPECT_THAT(Get(server), HasSubstr("the connection broke after 100000 bytes"));
  EXPECT_FALSE(fs::exists(folder_ / "models" / "m.tflite"));
  broken = false;
  EXPECT_EQ(Get(server), body);
  EXPECT_THAT(HeaderOf(server.heads().back(), "Range"), StartsWith("bytes=100000-"));
}

TEST_F(BadLink, AStallIsABreak) {
  const std::string body = Noise(100'000);
  std::atomic<int> calls{0};
  ScriptedServer server([&](const std::string& head, const Connection& c) {
    const Asked asked = RangeOf(head, body.size(), "\"v\"");
    c.Send(Answer(asked, body.size(), "\"v\""));
    const size_t rest = asked.end - asked.begin;
    c.Send(std::string_view(body).substr(asked.begin, calls++ == 0 ? rest / 2 : rest));
    if (calls == 1) c.ClosedWithin(-1);
  });
  EXPECT_EQ(Get(server), body);
}

TEST_F(BadLink, AVersionThatChangesHalfWayIsReadFromItsBeginning) {
  const std::string old_body = Noise(200'000);
  const std::string new_body(200'000, 'n');
  for (const bool honest : {true, false}) {  // a server that does not know If-Range sends the rest
    std::atomic<int> calls{0};
    ScriptedServer server([&](const std::string& head, const Connection& c) {
      const bool first = calls++ == 0;
      const std::string& body = first ? old_body : new_body;
      const std::string etag = first ? "\"old\"" : "\"new\"";
      const Asked asked = RangeOf(head, body.size(), honest ? etag : HeaderOf(head, "If-Range"));
      c.Send(Answer(asked, body.size(), etag));
      c.Send(std::string_view(body).substr(asked.begin, first ? 90'000 : asked.end - asked.begin));
    });
    EXPECT_EQ(Get(server), new_body) << honest;
  }
}

TEST_F(BadLink, AVersionThatChangesEachTimeIsGivenUp) {
  std::atomic<int> calls{0};
  const std::string body = Noise(200'000);
  ScriptedServer server([&](const std::string&, const Connection& c) {
    const std::string etag = "\"" + std::to_string(calls++) + "\"";
    c.Send(Answer({0, body.size(), false}, body.size(), etag));
    c.Send(std::string_view(body).substr(0, 90'000 + 1000 * calls));
  });
  EXPECT_THAT(Get(server), HasSubstr("it changes each time it is read"));
}

TEST_F(BadLink, AServerWithoutRangesIsReadAgainFromTheBeginning) {
  const std::string body = Noise(200'000);
  std::atomic<int> calls{0};
  ScriptedServer server([&](const std::string&, const Connection& c) {
    c.Send(Answer({0, body.size(), false}, body.size(), "\"v\""));
    c.Send(std::string_view(body).substr(0, calls++ < 2 ? 90'000 : body.size()));
  });
  EXPECT_EQ(Get(server), body);
  EXPECT_EQ(HeaderOf(server.heads()[1], "Range"), "");
}

TEST_F(BadLink, AServerThatLiesAboutRangesIsReadWhole) {
  const std::string body = Noise(50'000);
  for (const std::string& lie :
       {std::string("bytes 5-49999/50000"), std::string("bytes 0-49999/*"),
        std::string("lines 1-2/3"), std::string("bytes 0-99999999999999999999/50000"),
        std::string("")}) {
    ScriptedServer server([&](const std::string& head, const Connection& c) {
      if (HeaderOf(head, "Range").empty()) {
        c.Send(Answer({0, body.size(), false}, body.size(), "\"v\""));
      } else {
        c.Send("HTTP/1.1 206 Partial Content\r\nETag: \"v\"\r\nContent-Range: " + lie +
               "\r\nContent-Length: 50000\r\n\r\n");
      }
      c.Send(body);
    });
    EXPECT_EQ(Get(server), body) << lie;
    fs::remove_all(folder_ / "models");
  }
}

TEST_F(BadLink, AnEmptyFileIsAFile) {
  ScriptedServer server([&](const std::string& head, const Connection& c) {
    c.Send(HeaderOf(head, "Range").empty() ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                                           : "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: "
                                             "bytes */0\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_EQ(Get(server), "");
  EXPECT_TRUE(fs::exists(folder_ / "models" / "m.tflite"));
}

TEST_F(BadLink, AServerThatSendsLessThanItSaidIsFoundOut) {
  ScriptedServer server([&](const std::string&, const Connection& c) {
    c.Send(
        "HTTP/1.1 206 Partial Content\r\nETag: \"v\"\r\nContent-Range: bytes 0-999/1000\r\n"
        "Content-Length: 10\r\n\r\n0123456789");
  });
  options_.patience = std::chrono::milliseconds(300);
  EXPECT_THAT(Get(server), Not(StartsWith("0123")));
  EXPECT_FALSE(fs::exists(folder_ / "models" / "m.tflite"));
}

TEST_F(BadLink, PartsOfALargeObjectComeOverSeveralConnections) {
  const std::string body = Noise((size_t{40} << 20) + 12'345);
  std::atomic<int> calls{0};
  ScriptedServer server([&](const std::string& head, const Connection& c) {
    const Asked asked = RangeOf(head, body.size(), "\"v\"");
    c.Send(Answer(asked, body.size(), "\"v\""));
    const size_t size = asked.end - asked.begin;
    // Each third answer breaks.
    c.Send(std::string_view(body).substr(asked.begin, calls++ % 3 == 1 ? size / 3 : size));
  });
  EXPECT_TRUE(Get(server) == body);
  EXPECT_GT(server.heads().size(), 3U);
  for (const std::string& head : server.heads()) EXPECT_NE(HeaderOf(head, "Range"), "");
}

TEST_F(BadLink, ASourceThatIsWaitedForIsAskedOverMoreConnections) {
  const std::string body = Noise((size_t{40} << 20) + 12'345);
  std::atomic<int> calls{0};
  std::atomic<bool> both{false};
  ScriptedServer server([&](const std::string& head, const Connection& c) {
    const Asked asked = RangeOf(head, body.size(), "\"v\"");
    const int call = calls++;
    calls.notify_all();
    c.Send(Answer(asked, body.size(), "\"v\""));
    if (call == 1) {  // says no more before there is another
      for (int seen = calls; seen < 3; seen = calls) calls.wait(seen);
      both = !c.ClosedWithin(0);
    }
    c.Send(std::string_view(body).substr(asked.begin, asked.end - asked.begin));
  });
  EXPECT_TRUE(Get(server) == body);
  EXPECT_TRUE(both);
}

TEST_F(BadLink, TooManyRequestsIsHeededAndTheDeadlineEndsIt) {
  std::atomic<int> calls{0};
  ScriptedServer server([&](const std::string& head, const Connection& c) {
    if (calls++ < 2) {
      c.Send("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n");
    } else {
      Good("model", "\"v\"")(head, c);
    }
  });
  EXPECT_EQ(Get(server), "model");
  ScriptedServer never([&](const std::string&, const Connection& c) {
    c.Send("HTTP/1.1 503 Unavailable\r\nRetry-After: 100000\r\nContent-Length: 0\r\n\r\n");
  });
  options_.deadline = std::chrono::milliseconds(200);
  EXPECT_THAT(Get(never), HasSubstr("HTTP 503"));
}

TEST_F(BadLink, ADigestInTheUriIsHeldTo) {
  ScriptedServer server(Good("model", "\"v\""));
  const auto fetch = [&](const std::string& fragment) {
    const auto got = FetchInto(server.Url("/m.tflite") + fragment, folder_ / "models", options_);
    return got ? "" : got.error().message;
  };
  const std::string digest = Sha256Hex(std::as_bytes(std::span(std::string_view("model"))));
  EXPECT_EQ(fetch("#sha256=" + digest), "");
  EXPECT_THAT(fetch("#sha256=" + std::string(64, '0')), HasSubstr("got " + digest));
  EXPECT_THAT(fetch("#sha256=12"), HasSubstr("64 hex digits"));
}

TEST(ContentRange, IsReadStrictly) {
  const auto range = ParseContentRange("bytes 10-19/100");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->begin, 10);
  EXPECT_EQ(range->end, 20);
  EXPECT_EQ(range->total, 100);
  for (const char* text : {"", "bytes", "bytes 1", "bytes 5-4/10", "bytes 0-10/10", "bytes -1-4/10",
                           "bytes 0-9223372036854775807/*", "bytes 0-1", "octets 0-1/2"}) {
    EXPECT_FALSE(ParseContentRange(text)) << text;
  }
}

}  // namespace
}  // namespace brink::storage
