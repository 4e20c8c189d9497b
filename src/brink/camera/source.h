// Where frames come from. A source is one file of sources/ and one line of its table; it is read by
// one thread, a Feed's, which opens it again after a failure.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "brink/base/result.h"
#include "brink/camera/frame.h"
#include "brink/camera/interrupt.h"

namespace brink::camera {

struct SourceOptions {
  std::chrono::milliseconds stall{10'000};  // without a frame for that long a source has failed
  int width = 0;                            // wished for where the source lets choose; 0: its own
  int height = 0;
  double fps = 0;
  // Of what is stored (films, folders) each frame is given once, as fast as it is taken; else it is
  // played at its pace, over and over, as a camera would give it.
  bool every_frame = false;
  std::string hwaccel;                   // ffmpeg's word for a hardware decoder: "auto", "v4l2m2m"
  const Interrupt* interrupt = nullptr;  // ends every wait; outlives the source
};

class Source {
 public:
  virtual ~Source() = default;

  // Makes it ready to be read; also again, after Close.
  virtual Status Open() = 0;
  // The next frame, whose memory is used again; false when there is none any more.
  // kDeadlineExceeded: none came in time; kCancelled: interrupted; kInvalidArgument: this frame is
  // broken, the next may be whole; anything else: the source has failed.
  virtual Result<bool> Read(Frame& frame) = 0;
  virtual void Close() = 0;

  // Whether frames come at their own pace and are lost when nobody takes them.
  virtual bool is_live() const = 0;
};

// The source that `text` names: a path of a picture, film, folder or device, or a URL. Nothing is
// opened yet. kInvalidArgument says what can be named.
Result<std::unique_ptr<Source>> MakeSource(const std::string& text, const SourceOptions& options);

// What MakeSource takes, a line a kind, for --help.
std::string SourceHelp();

// A URL without its user and password, fit to be shown.
std::string ShownSource(const std::string& text);

}  // namespace brink::camera
