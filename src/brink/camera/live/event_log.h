// The last events, for who asks for them, and for who wants to be told of each as it happens
// (server-sent events: WHATWG HTML, 9.2).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "brink/base/json.h"
#include "brink/camera/stages/events.h"
#include "brink/protocols/http.h"

namespace brink::camera {

// Any thread may call it; what it gave out may outlive it.
class EventLog {
 public:
  static constexpr size_t kMostKept = 100;
  static constexpr size_t kMostListeners = 64;

  EventLog();
  ~EventLog();  // as End
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void Add(const std::vector<Event>& events);
  // Those that are kept, oldest first.
  json::Array Kept() const;
  // An answer that goes on with "id:" and "data:" of each event from now on, and a comment where
  // none came for 15 seconds. With the id of an event that its reader has had: with those after it,
  // as far as they are kept; all that are kept where the id is of another run. 503 where
  // kMostListeners listen already.
  protocols::HttpResponse Follow(const std::string* last_id);
  // Ends what Follow answered and answers.
  void End();

 private:
  class Listener;
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace brink::camera
