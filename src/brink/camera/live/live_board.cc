#include "brink/camera/live/live_board.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "brink/base/json.h"
#include "brink/base/percent.h"
#include "brink/camera/live/event_log.h"
#include "brink/camera/live/page.h"
#include "brink/camera/live/viewers.h"

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;
using protocols::HttpRequest;
using protocols::HttpResponder;
using protocols::HttpResponse;

constexpr size_t kMostWaiting = 64;              // for a camera's next picture
constexpr std::chrono::seconds kLongestWait{5};  // then the last picture has to do

HttpResponse Text(int status, std::string text) {
  return {status, "text/plain; charset=utf-8", std::move(text) + "\n", {}};
}

HttpResponse NoSuchCamera() { return Text(404, "there is no such camera"); }

HttpResponse PicturesStayIn() { return Text(403, "pictures are not shown (--no-images)"); }

HttpResponse Picture(const std::string& jpeg) {
  return {200, "image/jpeg", jpeg, {{"Cache-Control", "no-store"}}};
}

HttpResponse Json(const json::Value& value) {
  return {200, "application/json", json::Write(value), {{"Cache-Control", "no-store"}}};
}

// The value of a query's parameter.
std::optional<std::string> Parameter(const HttpRequest& request, std::string_view name) {
  std::string_view query = request.query();
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return FormDecoded(pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

// In a time that does not tell where they differ.
bool SameSecret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t k = 0; k < a.size(); ++k) {
    difference |= static_cast<unsigned char>(a[k]) ^ static_cast<unsigned char>(b[k]);
  }
  return difference == 0;
}

enum class Place { kNone, kPage, kStream, kSnapshot, kCameras, kEvents, kEventStream };

Place PlaceOf(std::string_view path, bool alone) {
  struct Entry {
    std::string_view path;
    Place place;
    bool only_alone = false;
  };
  constexpr Entry kEntries[] = {
      {"/live", Place::kPage},
      {"/", Place::kPage, true},
      {"/live/stream.mjpg", Place::kStream},
      {"/live/snapshot.jpg", Place::kSnapshot},
      {"/snapshot.jpg", Place::kSnapshot, true},
      {"/v1/cameras", Place::kCameras},
      {"/v1/events", Place::kEvents},
      {"/v1/events/stream", Place::kEventStream},
      {"/events", Place::kEventStream, true},
  };
  for (const Entry& entry : kEntries) {
    if (entry.path == path && (alone || !entry.only_alone)) return entry.place;
  }
  return Place::kNone;
}

}  // namespace

// Of one camera.
struct LiveBoard::Shown {
  explicit Shown(std::shared_ptr<std::atomic<int>> all_viewers) : viewers(std::move(all_viewers)) {}
  struct Waiting {
    HttpResponder respond;
    Clock::time_point since;
  };
  std::string name;
  std::function<FeedStatus()> status;
  json::Value report;
  std::string jpeg;
  std::vector<Waiting> waiting;  // for one picture
  Viewers viewers;               // knows its own lock
};

struct LiveBoard::State {
  // That of the query's "camera", or the first.
  Shown* Find(const HttpRequest& request) const {
    const auto wanted = Parameter(request, "camera");
    const auto found = std::find_if(cameras.begin(), cameras.end(), [&](const auto& camera) {
      return !wanted || camera->name == *wanted;
    });
    return found == cameras.end() ? nullptr : found->get();
  }

  std::mutex mutex;
  std::vector<std::unique_ptr<Shown>> cameras;  // in the order that they were added; none goes
  EventLog events;                              // knows its own lock
  const std::shared_ptr<std::atomic<int>> viewers = std::make_shared<std::atomic<int>>(0);
};

class LiveBoard::LiveSink final : public Sink {
 public:
  LiveSink(std::shared_ptr<State> state, Shown& shown) : state_(std::move(state)), shown_(shown) {}

  ~LiveSink() override {
    std::vector<Shown::Waiting> waiting;
    {
      const std::lock_guard lock(state_->mutex);
      shown_.status = nullptr;
      waiting.swap(shown_.waiting);
    }
    shown_.viewers.End();
    for (const auto& one : waiting) one.respond(Text(503, "the camera has ended"));
  }
  LiveSink(const LiveSink&) = delete;
  LiveSink& operator=(const LiveSink&) = delete;

  Status Take(const Report& report) override {
    json::Value value = ToJson(report);
    std::vector<Shown::Waiting> waiting;
    {
      const std::lock_guard lock(state_->mutex);
      shown_.report = std::move(value);
      waiting.swap(shown_.waiting);
    }
    state_->events.Add(report.events);
    const auto viewers = shown_.viewers.TakeWaiting();
    if (waiting.empty() && viewers.empty()) return {};  // nobody looks: no picture is made
    const auto jpeg = report.AnnotatedJpeg();
    for (const auto& give : viewers) give(jpeg ? PicturePart(**jpeg) : std::string());
    for (const auto& one : waiting) {
      one.respond(jpeg ? Picture(**jpeg) : Text(500, jpeg.error().message));
    }
    if (!jpeg) return Fail(jpeg.error());
    const std::lock_guard lock(state_->mutex);
    shown_.jpeg = **jpeg;
    return {};
  }
  std::string name() const override { return "live"; }

 private:
  const std::shared_ptr<State> state_;
  Shown& shown_;  // of state_
};

LiveBoard::LiveBoard(const LiveOptions& options)
    : options_(options), state_(std::make_shared<State>()) {}

LiveBoard::~LiveBoard() {
  std::vector<Shown::Waiting> waiting;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& camera : state_->cameras) {
      std::move(camera->waiting.begin(), camera->waiting.end(), std::back_inserter(waiting));
      camera->waiting.clear();
    }
  }
  for (const auto& camera : state_->cameras) camera->viewers.End();
  state_->events.End();
  for (const auto& one : waiting) one.respond(Text(503, "brink is ending"));
}

std::unique_ptr<Sink> LiveBoard::Add(const std::string& camera,
                                     std::function<FeedStatus()> status) {
  const std::lock_guard lock(state_->mutex);
  state_->cameras.push_back(std::make_unique<Shown>(state_->viewers));
  Shown& shown = *state_->cameras.back();
  shown.name = camera;
  shown.status = std::move(status);
  return std::make_unique<LiveSink>(state_, shown);
}

bool LiveBoard::Allows(const HttpRequest& request) const {
  if (options_.token.empty()) return true;
  constexpr std::string_view kBearer = "Bearer ";
  const std::string* header = request.Header("Authorization");
  if (header != nullptr && header->starts_with(kBearer)) {
    return SameSecret(std::string_view(*header).substr(kBearer.size()), options_.token);
  }
  return SameSecret(Parameter(request, "token").value_or(""), options_.token);
}

void LiveBoard::Snapshot(const HttpRequest& request, const HttpResponder& respond) {
  if (options_.no_images) return respond(PicturesStayIn());
  std::vector<Shown::Waiting> late;
  std::unique_lock lock(state_->mutex);
  Shown* const found = state_->Find(request);
  if (found == nullptr) {
    lock.unlock();
    return respond(NoSuchCamera());
  }
  Shown& shown = *found;
  const bool runs = shown.status && shown.status().state == FeedState::kRunning;
  const auto now = Clock::now();
  // Frames that never come keep nobody waiting for long: who asks next frees those before.
  const auto is_late = [&](const Shown::Waiting& one) { return now - one.since > kLongestWait; };
  std::copy_if(shown.waiting.begin(), shown.waiting.end(), std::back_inserter(late), is_late);
  std::erase_if(shown.waiting, is_late);
  const HttpResponse last =
      shown.jpeg.empty() ? Text(503, "the camera gives no picture") : Picture(shown.jpeg);
  const bool waits = runs && shown.waiting.size() < kMostWaiting;
  if (waits) shown.waiting.push_back({respond, now});
  lock.unlock();
  if (!waits) respond(last);
  for (const auto& one : late) one.respond(last);
}

HttpResponse LiveBoard::Stream(const HttpRequest& request) {
  if (options_.no_images) return PicturesStayIn();
  const std::lock_guard lock(state_->mutex);
  Shown* const shown = state_->Find(request);
  if (shown == nullptr) return NoSuchCamera();
  if (!shown->status) return Text(503, "the camera has ended");
  return shown->viewers.Join();
}

HttpResponse LiveBoard::Cameras() const {
  json::Array list;
  const std::lock_guard lock(state_->mutex);
  for (const auto& camera : state_->cameras) {
    const FeedStatus status = camera->status ? camera->status() : FeedStatus();
    json::Object one{{"name", camera->name},
                     {"state", camera->status ? FeedStateName(status.state) : "ended"},
                     {"frames", status.frames},
                     {"dropped", status.dropped},
                     {"reconnects", status.reconnects},
                     {"images", !options_.no_images}};
    if (!status.error.empty()) one["error"] = status.error;
    if (!camera->report.is_null()) one["last"] = camera->report;
    list.push_back(std::move(one));
  }
  return Json(json::Object{{"cameras", std::move(list)}});
}

void LiveBoard::Handle(HttpRequest request, HttpResponder respond) {
  const Place place = PlaceOf(request.path(), next_ == nullptr);
  if (place == Place::kNone) {
    if (next_ != nullptr) return next_->Handle(std::move(request), std::move(respond));
    return respond(Text(404, "the live view is at /live"));
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return respond(Text(405, "the live view is read with GET"));
  }
  if (!Allows(request)) {
    HttpResponse refused = Text(401, "a token is needed: /live?token=TOKEN");
    refused.headers = {{"WWW-Authenticate", "Bearer"}};
    return respond(std::move(refused));
  }
  switch (place) {
    case Place::kPage:
      return respond({200, "text/html; charset=utf-8", std::string(kPage), {}});
    case Place::kStream:
      return respond(Stream(request));
    case Place::kSnapshot:
      return Snapshot(request, respond);
    case Place::kCameras:
      return respond(Cameras());
    case Place::kEvents:
      return respond(Json(json::Object{{"events", state_->events.Kept()}}));
    case Place::kEventStream:
      return respond(state_->events.Follow(request.Header("Last-Event-ID")));
    case Place::kNone:
      return;
  }
}

}  // namespace brink::camera
