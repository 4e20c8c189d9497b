// What the cameras see now, for a browser: a page, pictures with their boxes, and the same as JSON.
//
//   /live                            the page, "/" too
//   /live/stream.mjpg?camera=NAME    annotated pictures one after another, as they come
//                                    (multipart/x-mixed-replace); without a name the first camera's
//   /live/snapshot.jpg?camera=NAME   the next annotated picture, as soon as there is one;
//                                    /snapshot.jpg too
//   /v1/cameras                      state, counts, times and the last report of each camera
//   /v1/events                       the last events, oldest first
//   /v1/events/stream                each event as it happens (text/event-stream), /events too;
//                                    Last-Event-ID resumes
//
// The short paths ("/", /snapshot.jpg, /events) only where nobody else answers beside it. A picture
// is made when somebody waits for one, once for all; a slow client gets the newest, less often.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "brink/camera/feed.h"
#include "brink/camera/sink.h"
#include "brink/protocols/http.h"

namespace brink::camera {

struct LiveOptions {
  std::string token;       // not empty: asked for as "Authorization: Bearer TOKEN" or ?token=TOKEN
  bool no_images = false;  // pictures are not shown to anybody
};

// Any thread may call it.
class LiveBoard final : public protocols::HttpHandler {
 public:
  explicit LiveBoard(const LiveOptions& options);
  ~LiveBoard() override;  // answers whoever waits

  // The sink that shows a camera here; `status` says how its feed is. Both may outlive the board.
  std::unique_ptr<Sink> Add(const std::string& camera, std::function<FeedStatus()> status);
  // Who answers other paths; before the first request. nullptr: they are 404.
  void SetNext(protocols::HttpHandler* next) { next_ = next; }

  void Handle(protocols::HttpRequest request, protocols::HttpResponder respond) override;

 private:
  struct Shown;
  struct State;
  class LiveSink;
  bool Allows(const protocols::HttpRequest& request) const;
  protocols::HttpResponse Stream(const protocols::HttpRequest& request);
  protocols::HttpResponse Cameras() const;
  void Snapshot(const protocols::HttpRequest& request, const protocols::HttpResponder& respond);

  const LiveOptions options_;
  protocols::HttpHandler* next_ = nullptr;
  const std::shared_ptr<State> state_;
};

}  // namespace brink::camera
