#include "brink/camera/live/live_board.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "brink/base/json.h"
#include "brink/camera/live/page.h"

namespace brink::camera {
namespace {

using Clock = std::chrono::steady_clock;
using protocols::HttpRequest;
using protocols::HttpResponder;
using protocols::HttpResponse;

constexpr size_t kMostEvents = 100;
constexpr size_t kMostWaiting = 64;              // for a camera's next picture
constexpr std::chrono::seconds kLongestWait{5};  // then the last picture has to do

HttpResponse Text(int status, std::string text) {
  return {status, "text/plain; charset=utf-8", std::move(text) + "\n", {}};
}

HttpResponse Picture(const std::string& jpeg) {
  return {200, "image/jpeg", jpeg, {{"Cache-Control", "no-store"}}};
}

HttpResponse Json(const json::Value& value) {
  return {200, "application/json", json::Write(value), {{"Cache-Control", "no-store"}}};
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Unescaped(std::string_view text) {
  std::string plain;
  for (size_t k = 0; k < text.size(); ++k) {
    const bool escape = text[k] == '%' && k + 2 < text.size() && HexValue(text[k + 1]) >= 0 &&
                        HexValue(text[k + 2]) >= 0;
    const char c = text[k] == '+' ? ' ' : text[k];
    plain += escape ? static_cast<char>(HexValue(text[k + 1]) * 16 + HexValue(text[k + 2])) : c;
    if (escape) k += 2;
  }
  return plain;
}

// The value of a query's parameter.
std::optional<std::string> Parameter(const HttpRequest& request, std::string_view name) {
  std::string_view query = request.query();
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return Unescaped(pair.substr(equals + 1));
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

}  // namespace

// Of one camera.
struct LiveBoard::Shown {
  struct Waiting {
    HttpResponder respond;
    Clock::time_point since;
  };
  std::string name;
  std::function<FeedStatus()> status;
  json::Value report;
  std::string jpeg;
  std::vector<Waiting> waiting;
};

struct LiveBoard::State {
  std::mutex mutex;
  std::vector<std::unique_ptr<Shown>> cameras;  // in the order that they were added
  std::deque<json::Value> events;
  bool ended = false;
};

class LiveBoard::LiveSink final : public Sink {
 public:
  LiveSink(std::shared_ptr<State> state, Shown& shown) : state_(std::move(state)), shown_(shown) {}

  ~LiveSink() override {
    const std::lock_guard lock(state_->mutex);
    shown_.status = nullptr;
  }
  LiveSink(const LiveSink&) = delete;
  LiveSink& operator=(const LiveSink&) = delete;

  Status Take(const Report& report) override {
    json::Value value = ToJson(report);
    std::vector<Shown::Waiting> waiting;
    {
      const std::lock_guard lock(state_->mutex);
      shown_.report = std::move(value);
      for (const Event& event : report.events) state_->events.push_back(ToJson(event));
      while (state_->events.size() > kMostEvents) state_->events.pop_front();
      waiting.swap(shown_.waiting);
    }
    if (waiting.empty()) return {};  // nobody looks: no picture is made
    const auto jpeg = report.AnnotatedJpeg();
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
  for (const auto& one : waiting) one.respond(Text(503, "brink is ending"));
}

std::unique_ptr<Sink> LiveBoard::Add(const std::string& camera,
                                     std::function<FeedStatus()> status) {
  const std::lock_guard lock(state_->mutex);
  state_->cameras.push_back(std::make_unique<Shown>());
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
  if (options_.no_images) return respond(Text(403, "pictures are not shown (--no-images)"));
  const auto wanted = Parameter(request, "camera");
  std::vector<Shown::Waiting> late;
  std::unique_lock lock(state_->mutex);
  const auto& cameras = state_->cameras;
  const auto found = std::find_if(cameras.begin(), cameras.end(), [&](const auto& camera) {
    return !wanted || camera->name == *wanted;
  });
  if (found == cameras.end()) {
    lock.unlock();
    return respond(Text(404, "there is no such camera"));
  }
  Shown& shown = **found;
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

HttpResponse LiveBoard::Events() const {
  json::Array list;
  {
    const std::lock_guard lock(state_->mutex);
    list.assign(state_->events.begin(), state_->events.end());
  }
  return Json(json::Object{{"events", std::move(list)}});
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
  const std::string path(request.path());
  const bool page = path == "/live" || (path == "/" && next_ == nullptr);
  const bool ours =
      page || path == "/live/snapshot.jpg" || path == "/v1/cameras" || path == "/v1/events";
  if (!ours) {
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
  if (page) return respond({200, "text/html; charset=utf-8", std::string(kPage), {}});
  if (path == "/live/snapshot.jpg") return Snapshot(request, respond);
  respond(path == "/v1/events" ? Events() : Cameras());
}

}  // namespace brink::camera
