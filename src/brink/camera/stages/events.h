// What happens, told in a few words instead of frame by frame: something came, changed, left; it
// entered a zone, left it, went over a line.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "brink/base/json.h"
#include "brink/camera/stages/tracker.h"
#include "brink/camera/stages/zones.h"

namespace brink::camera {

struct Event {
  enum class Type { kStart, kUpdate, kEnd, kEnter, kDwell, kLeave, kCross };

  Type type = Type::kStart;
  std::string camera;
  int64_t track = 0;
  std::string id;  // the same in all events of a track: camera, when it began, number
  std::string label;
  std::string before;  // kUpdate: the label that it had
  float score = 0;
  vision::Box box{};
  std::string place;      // the zone's or line's name
  std::string direction;  // kCross: "forth" or "back"
  std::chrono::system_clock::time_point time;
  double seconds = 0;  // since the track began, or, for kDwell and kLeave, in the zone
};

// "start", "update", "end", "enter", "dwell", "leave", "cross".
std::string_view EventTypeName(Event::Type type);
// {"type", "camera", "id", "track", "label", "score", "box", "time", "seconds"}, and "zone", "line"
// with "direction", "before" where there are.
json::Value ToJson(const Event& event);

struct Places {
  std::vector<Zone> zones;
  std::vector<Line> lines;
  double dwell_seconds = 0;  // who is in a zone for so long dwells there; 0: nobody does
};

// One camera's. Not for two threads at once.
class EventMaker {
 public:
  EventMaker(std::string camera, Places places)
      : camera_(std::move(camera)), places_(std::move(places)) {}

  // What the tracker's last Update means. A track is told of once it is confirmed; each that was
  // started ends.
  std::vector<Event> Update(const Tracker& tracker, Tracker::Time time);

  // How many are in each zone now, and have gone over each line since the start.
  std::map<std::string, int64_t> Inside() const;
  const std::map<std::string, int64_t>& forth() const { return forth_; }
  const std::map<std::string, int64_t>& back() const { return back_; }

 private:
  struct Told {  // of a track
    std::string label;
    Point foot{};
    std::vector<bool> inside;  // of each zone
    std::vector<bool> dwells;  // was told of, in each zone
    std::vector<Tracker::Time> since;
  };
  Event Make(Event::Type type, const Track& track, Tracker::Time time) const;
  void TellPlaces(const Track& track, Told& told, Tracker::Time time, std::vector<Event>& events);
  void TellDwell(const Track& track, Told& told, size_t zone, Tracker::Time time,
                 std::vector<Event>& events) const;
  void TellEnd(const Track& track, std::vector<Event>& events);

  const std::string camera_;
  const Places places_;
  std::map<int64_t, Told> told_;  // by track
  std::map<std::string, int64_t> forth_;
  std::map<std::string, int64_t> back_;
};

}  // namespace brink::camera
