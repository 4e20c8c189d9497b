#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "brink/camera/live/event_log.h"
#include "brink/camera/live/live_board.h"
#include "brink/camera/live/viewers.h"

namespace brink::camera {
namespace {

using protocols::HttpHeaders;
using protocols::HttpResponse;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// A client of a stream that asks for a piece and holds what came.
struct Reader {
  explicit Reader(HttpResponse from) : answer(std::move(from)) {}
  void Ask() {
    piece.reset();
    answer.stream->next([this](std::string given) { piece = std::move(given); });
  }
  HttpResponse answer;
  std::optional<std::string> piece;  // nothing: it waits
};

class LiveBoardTest : public testing::Test {
 protected:
  void Open(const LiveOptions& options = {}) {
    board_ = std::make_unique<LiveBoard>(options);
    sink_ = Watch("door");
  }
  std::unique_ptr<Sink> Watch(const std::string& camera) {
    return board_->Add(camera, [] { return FeedStatus{.state = FeedState::kRunning}; });
  }
  // Nothing where the answer waits.
  HttpResponse Get(const std::string& target, HttpHeaders headers = {}) {
    HttpResponse answer{.status = 0};
    board_->Handle({.method = "GET", .target = target, .headers = std::move(headers)},
                   [&](HttpResponse given) { answer = std::move(given); });
    return answer;
  }
  static void Show(Sink& sink, int events = 0) {
    Frame frame;
    const vision::Image image = vision::MakeImage(64, 48).value();
    Report report("door", frame);
    report.pixels = image;
    for (int k = 0; k < events; ++k) {
      report.events.push_back({.camera = "door", .track = k, .label = "two\nlines"});
    }
    ASSERT_TRUE(sink.Take(report).has_value());
  }

  std::unique_ptr<LiveBoard> board_;
  std::unique_ptr<Sink> sink_;
};

TEST_F(LiveBoardTest, AStreamIsOneJpegAfterAnother) {
  Open();
  Reader reader(Get("/live/stream.mjpg?camera=door"));
  ASSERT_EQ(reader.answer.status, 200);
  const std::string type = reader.answer.content_type;
  ASSERT_THAT(type, StartsWith("multipart/x-mixed-replace; boundary="));
  const std::string boundary = "--" + type.substr(type.find('=') + 1) + "\r\n";
  EXPECT_EQ(reader.answer.body, boundary);
  for (int k = 0; k < 3; ++k) {
    reader.Ask();
    EXPECT_FALSE(reader.piece);
    Show(*sink_);
    ASSERT_TRUE(reader.piece);
    const std::string& piece = *reader.piece;
    const size_t head_end = piece.find("\r\n\r\n") + 4;
    EXPECT_THAT(piece, StartsWith("Content-Type: image/jpeg\r\nContent-Length: "));
    EXPECT_TRUE(piece.ends_with("\xff\xd9\r\n" + boundary));
    const std::string jpeg = piece.substr(head_end, piece.size() - head_end - boundary.size() - 2);
    EXPECT_THAT(jpeg, StartsWith("\xff\xd8\xff"));
    EXPECT_THAT(piece, HasSubstr("Content-Length: " + std::to_string(jpeg.size()) + "\r\n"));
  }
}

TEST_F(LiveBoardTest, WhoWritesStillGetsTheNewestAndOnlyThat) {
  Open();
  Reader slow(Get("/live/stream.mjpg"));
  Reader quick(Get("/live/stream.mjpg"));
  slow.Ask();
  for (int k = 0; k < 3; ++k) {
    quick.Ask();
    Show(*sink_);
    EXPECT_TRUE(quick.piece);
  }
  EXPECT_TRUE(slow.piece);
  slow.Ask();
  EXPECT_FALSE(slow.piece) << "what was passed over does not come";
}

TEST_F(LiveBoardTest, MoreThanSoManyViewersOfAllCamerasAreRefusedUntilOneLeaves) {
  Open();
  const auto yard = Watch("yard");
  std::vector<std::unique_ptr<Reader>> readers;
  for (int k = 0; k < Viewers::kMost; ++k) {
    readers.push_back(std::make_unique<Reader>(
        Get(k % 2 == 0 ? "/live/stream.mjpg?camera=yard" : "/live/stream.mjpg")));
    EXPECT_EQ(readers.back()->answer.status, 200);
    readers.back()->Ask();
  }
  const HttpResponse refused = Get("/live/stream.mjpg");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("16 watch already"));
  EXPECT_FALSE(refused.stream);
  readers.pop_back();
  EXPECT_EQ(Get("/live/stream.mjpg").status, 200);
  EXPECT_EQ(Get("/live/stream.mjpg").status, 200) << "the one before was dropped";
}

TEST_F(LiveBoardTest, StreamsEndWithTheirCameraAndWithTheBoard) {
  Open();
  const auto yard = Watch("yard");
  Reader door(Get("/live/stream.mjpg?camera=door"));
  Reader of_yard(Get("/live/stream.mjpg?camera=yard"));
  Reader events(Get("/v1/events/stream"));
  for (Reader* reader : {&door, &of_yard, &events}) reader->Ask();
  sink_.reset();
  EXPECT_EQ(door.piece, "");
  EXPECT_FALSE(of_yard.piece);
  EXPECT_EQ(Get("/live/stream.mjpg?camera=door").status, 503);
  board_.reset();
  EXPECT_EQ(of_yard.piece, "");
  EXPECT_EQ(events.piece, "");
  for (Reader* reader : {&door, &of_yard, &events}) {
    reader->Ask();
    EXPECT_EQ(reader->piece, "") << "whoever asks later";
  }
}

TEST_F(LiveBoardTest, TokenAndNoImagesHoldForStreams) {
  Open({.token = "t", .no_images = true});
  EXPECT_EQ(Get("/live/stream.mjpg").status, 401);
  EXPECT_EQ(Get("/v1/events/stream?token=x").status, 401);
  EXPECT_EQ(Get("/live/stream.mjpg?token=t").status, 403);
  EXPECT_EQ(Get("/events?token=t").status, 200);
  EXPECT_EQ(Get("/v1/events/stream", {{"Authorization", "Bearer t"}}).status, 200);
}

TEST_F(LiveBoardTest, ShortPathsAreOursWhereNobodyElseAnswers) {
  class Other final : public protocols::HttpHandler {
    void Handle(protocols::HttpRequest, protocols::HttpResponder respond) override {
      respond({.status = 299});
    }
  };
  Open();
  EXPECT_EQ(Get("/").content_type, "text/html; charset=utf-8");
  EXPECT_EQ(Get("/events").content_type, "text/event-stream");
  EXPECT_EQ(Get("/snapshot.jpg?camera=no").status, 404);
  EXPECT_EQ(Get("/live/stream.mjpg?camera=no").status, 404);
  Other other;
  board_->SetNext(&other);
  for (const char* path : {"/", "/events", "/snapshot.jpg"}) EXPECT_EQ(Get(path).status, 299);
  for (const char* path : {"/live", "/v1/events/stream", "/live/stream.mjpg", "/v1/cameras"})
    EXPECT_EQ(Get(path).status, 200) << path;
}

// The value of the last "id:" line.
std::string LastId(const std::string& piece) {
  const size_t at = piece.rfind("id: ") + 4;
  return piece.substr(at, piece.find('\n', at) - at);
}

size_t EventsIn(const std::string& piece) {
  size_t count = 0;
  for (size_t at = piece.find("\ndata: {"); at != piece.npos; at = piece.find("\ndata: {", at + 1))
    ++count;
  return count;
}

TEST_F(LiveBoardTest, EventsComeAsTheyHappen) {
  Open();
  Show(*sink_, 2);
  Reader reader(Get("/v1/events/stream"));
  ASSERT_EQ(reader.answer.content_type, "text/event-stream");
  EXPECT_FALSE(reader.answer.stream->idle_piece.empty());
  reader.Ask();
  EXPECT_FALSE(reader.piece) << "what was is not told without Last-Event-ID";
  Show(*sink_);
  EXPECT_FALSE(reader.piece);
  Show(*sink_, 1);
  ASSERT_TRUE(reader.piece);
  EXPECT_THAT(*reader.piece, AllOf(StartsWith("id: "), HasSubstr("\ndata: {"),
                                   HasSubstr(R"("label":"two\nlines")")));
  EXPECT_TRUE(reader.piece->ends_with("}\n\n"));
  EXPECT_EQ(std::count(reader.piece->begin(), reader.piece->end(), '\n'), 3);
  Show(*sink_, 3);  // while it is written
  reader.Ask();
  ASSERT_TRUE(reader.piece);
  EXPECT_EQ(EventsIn(*reader.piece), 3u);
}

TEST_F(LiveBoardTest, LastEventIdResumesFromWhatIsKept) {
  Open();
  Reader first(Get("/v1/events/stream"));
  Show(*sink_, 1);
  first.Ask();
  const std::string id = LastId(first.piece.value());
  const auto after = [&](const std::string& last) {
    Reader reader(Get("/v1/events/stream", {{"last-event-id", last}}));
    reader.Ask();
    return EventsIn(reader.piece.value_or(""));
  };
  EXPECT_EQ(after(id), 0u);
  Show(*sink_, 4);
  EXPECT_EQ(after(id), 4u);
  EXPECT_EQ(after(""), 0u) << "as without one";
  for (const std::string& strange :
       std::vector<std::string>{"12-0", "x", "-", id + "x", id + "99999999999999999999",
                                id.substr(0, id.find('-') + 1), id + "7"}) {
    EXPECT_EQ(after(strange), 5u) << strange << ": of another run, so all";
  }
  for (int k = 0; k < 30; ++k) Show(*sink_, 10);
  EXPECT_EQ(after(id), EventLog::kMostKept);
}

TEST_F(LiveBoardTest, MoreThanSoManyListenersAreRefused) {
  Open();
  std::vector<HttpResponse> answers;
  for (size_t k = 0; k < EventLog::kMostListeners; ++k) answers.push_back(Get("/events"));
  EXPECT_EQ(answers.back().status, 200);
  EXPECT_EQ(Get("/events").status, 503);
  answers.clear();
  EXPECT_EQ(Get("/events").status, 200);
}

TEST_F(LiveBoardTest, ReadersComeAndGoWhileTheCameraRuns) {
  Open();
  std::atomic<bool> done = false;
  std::jthread camera([&] {
    while (!done) Show(*sink_, 1);
  });
  std::vector<std::jthread> clients;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    clients.emplace_back([&, t] {
      for (int k = 0; k < 20; ++k) {
        HttpResponse answer = Get(t % 2 == 0 ? "/live/stream.mjpg" : "/events");
        for (int piece = 0; piece < 3; ++piece) {
          const auto came = std::make_shared<std::promise<bool>>();
          answer.stream->next(
              [came](const std::string& given) { came->set_value(!given.empty()); });
          wrong += !came->get_future().get();
        }
        // It leaves while a piece is made.
        answer.stream->next([](const std::string&) {});
        answer.stream.reset();
      }
    });
  }
  clients.clear();
  done = true;
  camera.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_THAT(Get("/v1/events").body, testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace brink::camera
