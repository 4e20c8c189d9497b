// YUV4MPEG2, the stream that ffmpeg writes: a line of parameters ("YUV4MPEG2 W64 H48 F5:1
// C420jpeg XCOLORRANGE=LIMITED"), then for each frame a line "FRAME" and the planes Y, U, V.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "brink/base/result.h"
#include "brink/vision/pixels.h"

namespace brink::camera {

// Takes a stream as it comes; knows no descriptors. Ask where the next bytes go, put some there,
// say how many.
class Y4mDecoder {
 public:
  // Where to put the next bytes: at least one. `frame` is the same until a frame is complete; its
  // memory is used for the planes.
  std::span<uint8_t> Room(vision::Pixels& frame);
  // `count` bytes of that room were filled; true when they complete the frame. kInvalidArgument for
  // what is no such stream, kUnimplemented for other chroma than 4:2:0, kResourceExhausted for a
  // frame beyond vision::DecodeLimits.
  Result<bool> Took(size_t count, vision::Pixels& frame);

  // Frames a second as the stream says; 0 where it does not.
  double fps() const { return fps_; }

  // Whether the stream may end here: between two frames.
  bool at_boundary() const { return stage_ == Stage::kFrameLine && line_.empty(); }

 private:
  enum class Stage { kHeader, kFrameLine, kPlanes };
  Result<bool> TookLine(vision::Pixels& frame);
  Status ReadHeader();

  Stage stage_ = Stage::kHeader;
  std::string line_;           // what has come of a line
  uint8_t buffer_[8] = {};     // room for bytes of a line
  vision::Pixels parameters_;  // format and size, no bytes
  double fps_ = 0;
  size_t filled_ = 0;
};

}  // namespace brink::camera
