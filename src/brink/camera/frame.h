// One picture of a source.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "brink/vision/pixels.h"

namespace brink::camera {

struct Frame {
  uint64_t number = 0;  // among all frames of the source, from 0; dropped ones count
  std::string name;     // of the file in a folder; empty for a stream
  std::chrono::system_clock::time_point time;  // when its last byte was here
  // A JPEG or PNG as it came, decoded only if somebody looks at the frame; else `pixels` are there.
  std::string encoded;
  vision::Pixels pixels;
  double capture_ms = 0;  // from its first byte to its last
  // How many a second were stored, where they come as fast as they are taken; 0: `time` tells.
  double stored_fps = 0;
};

}  // namespace brink::camera
