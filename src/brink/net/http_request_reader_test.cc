#include "brink/net/http_request_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace brink::net {
namespace {

using Stage = HttpRequestReader::Stage;

TEST(HttpRequestReader, ReadsAChunkedBodyWhereverItIsCut) {
  const std::string bytes =
      "POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n0\r\nTrailer: t\r\n\r\n";
  const std::string empty =
      "POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (const std::string& text : {bytes, empty}) {
    for (size_t first = 1; first < text.size(); ++first) {
      HttpRequestReader reader({});
      std::string pending = text.substr(0, first);
      pending.erase(0, reader.Feed(pending));
      for (size_t i = first; i < text.size(); ++i) {  // the rest byte by byte
        pending += text[i];
        pending.erase(0, reader.Feed(pending));
      }
      ASSERT_EQ(reader.stage(), Stage::kDone) << first << ": " << reader.failure().message;
      EXPECT_EQ(reader.Take().body, text == bytes ? "hello" : "");
      EXPECT_EQ(pending, "");
    }
  }
}

TEST(HttpRequestReader, HeadersCountAsTheyAreSentHoweverTheyAreCut) {
  const std::string line = "GET / HTTP/1.1\r\nX:";
  for (const size_t spaces : {40u, 41u, 42u, 43u, 44u, 60u}) {
    const std::string text = line + std::string(spaces, ' ') + "\r\n\r\n";
    const Stage wanted = text.size() <= 64 ? Stage::kDone : Stage::kFailed;
    for (const size_t step : {1u, 7u, 100u}) {
      HttpRequestReader reader({.max_header_bytes = 64, .max_body_bytes = 4});
      std::string pending;
      for (size_t at = 0; at < text.size(); at += step) {
        pending += text.substr(at, step);
        pending.erase(0, reader.Feed(pending));
      }
      EXPECT_EQ(reader.stage(), wanted) << text.size() << " bytes, " << step << " at a time";
    }
  }
}

TEST(HttpRequestReader, ChunkLinesAndTrailersCountAsTheyAreSentHoweverTheyAreCut) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto stage_of = [&](const std::string& text, size_t step) {
    HttpRequestReader reader({.max_header_bytes = 64, .max_body_bytes = 4});
    std::string pending;
    for (size_t at = 0; at < text.size(); at += step) {
      pending += text.substr(at, step);
      for (size_t used = 1; used > 0 && !pending.empty(); pending.erase(0, used))
        used = reader.Feed(pending);
    }
    return reader.stage();
  };
  for (const size_t letters : {1u, 40u, 50u, 55u, 56u, 57u, 58u, 59u, 70u}) {
    const std::string long_part(letters, 'x');
    const std::string line = "1;" + long_part + "\r\n";                    // before the body's byte
    const std::string trailers = "\r\n0\r\n" + long_part + ": y\r\n\r\n";  // behind it
    const auto wanted = [](const std::string& part) {
      return part.size() <= 64 ? Stage::kDone : Stage::kFailed;
    };
    for (const size_t step : {1u, 7u, 19u, 64u, 1000u}) {
      EXPECT_EQ(stage_of(head + line + "a\r\n0\r\n\r\n", step), wanted(line))
          << line << step << " at a time";
      EXPECT_EQ(stage_of(head + "1\r\na" + trailers, step), wanted(trailers))
          << trailers << step << " at a time";
    }
  }
}

TEST(HttpRequestReader, RefusesWhatIsNoHttpAndWhatIsTooLarge) {
  const auto status_of = [](const std::string& text) {
    HttpRequestReader reader({.max_header_bytes = 64, .max_body_bytes = 4});
    reader.Feed(text);
    return reader.stage() == Stage::kFailed ? reader.failure().status : 0;
  };
  EXPECT_EQ(status_of("\x16\x03\x01\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/9.9\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nX: " + std::string(80, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n"), 413);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nContent-Length: 90\r\n\r\n" + std::string(90, 'x')), 413)
      << "a body is no header";
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"), 501);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 0);
}

}  // namespace
}  // namespace brink::net
