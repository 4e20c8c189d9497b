// Gives what is seen in one frame the number that it had in the frames before. After ByteTrack
// (Zhang et al. 2022, arXiv:2110.06864): first the sure detections are matched with the tracks by
// overlap with where each track should be by now, then the unsure ones with what is left of them,
// so that somebody who turns away for a moment stays the same. A track's place and speed are
// followed by an alpha-beta filter (the steady state of a Kalman filter of constant speed).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "brink/vision/detection.h"
#include "brink/vision/nms.h"

namespace brink::camera {

struct TrackerOptions {
  float sure_score = .5f;               // below, a detection continues a track and begins none
  float sure_overlap = .2f;             // least intersection over union to be the same thing
  float unsure_overlap = .4f;           // for unsure detections
  std::chrono::milliseconds gap{2000};  // unseen for longer a track ends
  int frames_to_confirm = 2;            // seen in so many frames a track is more than a flicker
  size_t most_tracks = 500;             // more are not begun
};

struct Track {
  int64_t id = 0;
  int label_index = 0;  // that of its detections by weight of score, the later ones weighing more
  std::string label;
  float score = 0;    // of the last sure detection
  vision::Box box{};  // where it was last seen
  std::chrono::system_clock::time_point begun;
  std::chrono::system_clock::time_point seen;
  int frames = 0;  // in which it was seen
  bool confirmed = false;
};

// One camera's. Not for two threads at once.
class Tracker {
 public:
  using Time = std::chrono::system_clock::time_point;

  explicit Tracker(const TrackerOptions& options) : options_(options) {}

  // The track of each detection, in their order; 0 for an unsure one that continues none. Frames
  // come in order of time; one that is not later than the last has the same time.
  std::vector<int64_t> Update(std::span<const vision::Detection> detections, Time time);

  // Those alive after the last Update, by id.
  const std::vector<Track>& tracks() const { return tracks_; }
  // Those that ended in the last Update and had been confirmed.
  const std::vector<Track>& ended() const { return ended_; }

 private:
  // Of a box: centre x, y, width, height.
  using State = std::array<float, 4>;
  struct Motion {
    State place{};
    State speed{};  // a second
  };
  struct Weight {
    int label_index = 0;
    std::string label;
    float weight = 0;
  };

  void EndOld(Time time);
  void Match(std::span<const vision::Detection> detections, bool sure, Time time,
             std::vector<int64_t>& ids);
  void Begin(const vision::Detection& detection, Time time);
  void Continue(size_t track, const vision::Detection& detection, Time time);
  void Vote(size_t track, const vision::Detection& detection);
  vision::Box Predicted(size_t track, Time time) const;

  const TrackerOptions options_;
  int64_t next_id_ = 1;
  Time last_{};
  std::vector<Track> tracks_;
  std::vector<Motion> motions_;             // of tracks_
  std::vector<std::vector<Weight>> votes_;  // of tracks_
  std::vector<bool> matched_;               // of tracks_, in this Update
  std::vector<Track> ended_;
};

}  // namespace brink::camera
