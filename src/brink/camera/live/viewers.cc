#include "brink/camera/live/viewers.h"

#include <mutex>
#include <string_view>
#include <utility>

namespace brink::camera {
namespace {

using protocols::HttpResponse;
using Give = protocols::HttpStream::Give;

// No line of a JPEG is like it.
constexpr std::string_view kBoundary = "brink-picture-8c1f6b0a";

}  // namespace

struct Viewers::State {
  std::mutex mutex;
  std::vector<Viewer*> viewers;
  bool ended = false;
  std::shared_ptr<std::atomic<int>> all;
};

// Of the stream of one client, which owns it.
class Viewers::Viewer {
 public:
  explicit Viewer(std::shared_ptr<State> state) : state_(std::move(state)) {
    const std::lock_guard lock(state_->mutex);
    state_->viewers.push_back(this);
  }
  ~Viewer() {
    {
      const std::lock_guard lock(state_->mutex);
      std::erase(state_->viewers, this);
    }
    --*state_->all;
  }
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  void Wait(Give give) {
    {
      const std::lock_guard lock(state_->mutex);
      if (!state_->ended) give_ = std::exchange(give, nullptr);
    }
    if (give) give({});
  }

  Give give_;  // under the state's mutex

 private:
  const std::shared_ptr<State> state_;
};

Viewers::Viewers(std::shared_ptr<std::atomic<int>> all) : state_(std::make_shared<State>()) {
  state_->all = std::move(all);
}

Viewers::~Viewers() { End(); }

HttpResponse Viewers::Join() {
  if (state_->all->fetch_add(1) >= kMost) {
    --*state_->all;
    return {503,
            "text/plain; charset=utf-8",
            std::to_string(kMost) +
                " watch already, and no more can: /live/snapshot.jpg has single "
                "pictures\n",
            {{"Retry-After", "10"}}};
  }
  const auto viewer = std::make_shared<Viewer>(state_);
  // The boundary stands at the end of each part: a browser shows a picture when it has seen it.
  return {.content_type = "multipart/x-mixed-replace; boundary=" + std::string(kBoundary),
          .body = "--" + std::string(kBoundary) + "\r\n",
          .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
          .stream = protocols::HttpStream{
              .next = [viewer](Give give) { viewer->Wait(std::move(give)); }}};
}

std::vector<Give> Viewers::TakeWaiting() {
  std::vector<Give> waiting;
  const std::lock_guard lock(state_->mutex);
  for (Viewer* viewer : state_->viewers) {
    if (viewer->give_) waiting.push_back(std::exchange(viewer->give_, nullptr));
  }
  return waiting;
}

void Viewers::End() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ended = true;
  }
  for (const Give& give : TakeWaiting()) give({});
}

std::string PicturePart(const std::string& jpeg) {
  std::string part = "Content-Type: image/jpeg\r\nContent-Length: ";
  part.reserve(jpeg.size() + 128);
  part.append(std::to_string(jpeg.size())).append("\r\n\r\n").append(jpeg);
  return part.append("\r\n--").append(kBoundary).append("\r\n");
}

}  // namespace brink::camera
