#include "brink/camera/live/event_log.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <mutex>
#include <string_view>
#include <utility>

namespace brink::camera {
namespace {

using protocols::HttpResponse;
using Give = protocols::HttpStream::Give;

// Tells the ids of one run of brink from those of another.
std::string NameOfRun() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

// Events are numbered from 0; the last kMostKept of them are kept.
struct EventLog::State {
  uint64_t oldest() const { return next - kept.size(); }
  // What a reader who has had all below `position` is to be told.
  std::string TextFrom(uint64_t position) const {
    std::string text;
    for (uint64_t k = std::max(position, oldest()); k < next; ++k) {
      text.append("id: ").append(run).append("-").append(std::to_string(k)).append("\ndata: ");
      json::Append(text, kept[k - oldest()]);
      text.append("\n\n");
    }
    return text;
  }
  // Where a reader goes on who had `id` last.
  uint64_t PositionAfter(std::string_view id) const {
    const size_t dash = run.size();
    if (id.size() <= dash + 1 || !id.starts_with(run) || id[dash] != '-') return 0;
    uint64_t number = 0;
    const char* end = id.data() + id.size();
    const auto [stop, error] = std::from_chars(id.data() + dash + 1, end, number);
    if (error != std::errc() || stop != end || number >= next) return 0;
    return number + 1;
  }

  const std::string run = NameOfRun();
  std::mutex mutex;
  std::deque<json::Value> kept;
  uint64_t next = 0;
  std::vector<Listener*> listeners;
  bool ended = false;
};

// Of the stream of one client, which owns it.
class EventLog::Listener {
 public:
  // Under the state's mutex.
  Listener(std::shared_ptr<State> state, uint64_t position)
      : position_(position), state_(std::move(state)) {
    state_->listeners.push_back(this);
  }
  ~Listener() {
    const std::lock_guard lock(state_->mutex);
    std::erase(state_->listeners, this);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void Wait(Give give) {
    std::string text;
    {
      const std::lock_guard lock(state_->mutex);
      text = TakeText();
      if (text.empty() && !state_->ended) give_ = std::exchange(give, nullptr);
    }
    if (give) give(std::move(text));
  }
  // Under the state's mutex.
  std::string TakeText() {
    std::string text = state_->TextFrom(position_);
    position_ = state_->next;
    return text;
  }

  Give give_;  // under the state's mutex, as is position_

 private:
  uint64_t position_;
  const std::shared_ptr<State> state_;
};

EventLog::EventLog() : state_(std::make_shared<State>()) {}

EventLog::~EventLog() { End(); }

void EventLog::End() {
  std::vector<Give> waiting;
  {
    const std::lock_guard lock(state_->mutex);
    state_->ended = true;
    for (Listener* listener : state_->listeners) {
      if (listener->give_) waiting.push_back(std::exchange(listener->give_, nullptr));
    }
  }
  for (const Give& give : waiting) give({});
}

void EventLog::Add(const std::vector<Event>& events) {
  if (events.empty()) return;
  std::vector<std::pair<Give, std::string>> told;
  {
    const std::lock_guard lock(state_->mutex);
    for (const Event& event : events) state_->kept.push_back(ToJson(event));
    state_->next += events.size();
    while (state_->kept.size() > kMostKept) state_->kept.pop_front();
    for (Listener* listener : state_->listeners) {
      if (!listener->give_) continue;
      told.emplace_back(std::exchange(listener->give_, nullptr), listener->TakeText());
    }
  }
  for (auto& [give, text] : told) give(std::move(text));
}

json::Array EventLog::Kept() const {
  const std::lock_guard lock(state_->mutex);
  return {state_->kept.begin(), state_->kept.end()};
}

HttpResponse EventLog::Follow(const std::string* last_id) {
  std::shared_ptr<Listener> listener;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->listeners.size() >= kMostListeners) {
      return {503,
              "text/plain; charset=utf-8",
              std::to_string(kMostListeners) +
                  " listen already, and no more can: /v1/events has "
                  "the last events\n",
              {{"Retry-After", "10"}}};
    }
    const bool resumes = last_id != nullptr && !last_id->empty();
    listener = std::make_shared<Listener>(state_,
                                          resumes ? state_->PositionAfter(*last_id) : state_->next);
  }
  // Something at once, so that whoever connects knows that it is.
  return {.content_type = "text/event-stream",
          .body = ": events of brink\nretry: 2000\n\n",
          .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
          .stream = protocols::HttpStream{
              .next = [listener](Give give) { listener->Wait(std::move(give)); },
              .idle_piece = ":\n\n",
              .idle_after = std::chrono::seconds(15)}};
}

}  // namespace brink::camera
