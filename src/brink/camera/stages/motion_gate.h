// Whether anything moved: so that a scene in which nothing happens costs almost nothing. A small
// grey picture is held against a background that follows slowly; a change of the light as a whole
// is no motion.
#pragma once

#include <chrono>
#include <vector>

#include "brink/camera/stages/zones.h"
#include "brink/vision/pixels.h"

namespace brink::camera {

struct MotionOptions {
  float least_change = 10;               // grey levels that a cell must differ from the background
  float least_share = .002f;             // of all cells that must differ
  std::chrono::milliseconds hold{2000};  // after motion it is looked at for so long
  std::chrono::milliseconds refresh{30'000};  // and once in so long in any case; 0: never
  std::vector<Zone> ignored;                  // what moves in them does not count
};

// One camera's. Not for two threads at once.
class MotionGate {
 public:
  using Time = std::chrono::system_clock::time_point;

  explicit MotionGate(const MotionOptions& options) : options_(options) {}

  // Whether the picture is worth to be looked at: the first one, one of another size, one in which
  // something moved, and those of `hold` and `refresh`.
  bool Opens(const vision::PixelsView& picture, Time time);

  // Where the last picture moved; empty where it did not.
  const vision::Region& moved() const { return moved_; }

 private:
  void Begin(const vision::PixelsView& picture);
  void Shrink(const vision::PixelsView& picture);
  bool Moved(const vision::PixelsView& picture);

  const MotionOptions options_;
  int width_ = 0;  // of the picture
  int height_ = 0;
  int columns_ = 0;
  int rows_ = 0;
  std::vector<float> cells_;
  std::vector<float> background_;
  std::vector<float> noise_;  // how much a cell differs when nothing moves
  std::vector<float> sorted_;
  std::vector<bool> ignored_;  // cells
  vision::Region moved_;
  Time open_until_{};
  Time looked_{};
};

}  // namespace brink::camera
