// Who watches a camera's pictures come: multipart/x-mixed-replace, one JPEG after another, as
// browsers, ffmpeg, VLC, Home Assistant and Frigate read it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "brink/protocols/http.h"

namespace brink::camera {

// Of one camera. Any thread may call it; what it gave out may outlive it.
class Viewers {
 public:
  // `all` counts those of every camera that shares it: together they are kMost.
  static constexpr int kMost = 16;
  explicit Viewers(std::shared_ptr<std::atomic<int>> all);
  ~Viewers();  // as End
  Viewers(const Viewers&) = delete;
  Viewers& operator=(const Viewers&) = delete;

  // An answer that goes on with the camera's pictures as long as it is read; 503 where there are
  // kMost already.
  protocols::HttpResponse Join();
  // Those who have all of the last picture: each is to be given PicturePart of the next one.
  std::vector<protocols::HttpStream::Give> TakeWaiting();
  // Ends every answer, also of who joins later.
  void End();

 private:
  class Viewer;
  struct State;
  const std::shared_ptr<State> state_;
};

// A JPEG as it stands between two boundaries of Join's answer.
std::string PicturePart(const std::string& jpeg);

}  // namespace brink::camera
